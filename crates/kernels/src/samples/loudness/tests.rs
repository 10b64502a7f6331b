use super::Memory;

#[test]
fn what_has_died_away_is_silence() {
    let mut memory = Memory { input: [1e-61, 0.5], middle: [-1e-300, 1e-59], output: [-1.0, 0.0] };
    memory.settle();
    assert_eq!((memory.input, memory.middle, memory.output), ([0.0, 0.5], [0.0, 1e-59], [-1.0, 0.0]));
}

//! Which way up a picture is shown.

/// The filters that show a picture upright, as the `ffmpeg` command chooses them from the display matrix.
pub(crate) fn upright(matrix: [i32; 9]) -> Vec<String> {
    let theta = rotation(matrix);
    let near = |angle: f64| (theta - angle).abs() < 1.0;
    let one = |filter: &str| vec![filter.to_owned()];
    if near(90.0) {
        one(if matrix[3] > 0 { "transpose=cclock_flip" } else { "transpose=clock" })
    } else if near(180.0) {
        let flips = [(matrix[0] < 0, "hflip"), (matrix[4] < 0, "vflip")];
        flips.iter().filter(|(flip, _)| *flip).map(|(_, filter)| (*filter).to_owned()).collect()
    } else if near(270.0) {
        one(if matrix[3] < 0 { "transpose=clock_flip" } else { "transpose=cclock" })
    } else if theta.abs() > 1.0 {
        vec![format!("rotate={}*PI/180", theta)]
    } else if matrix[4] < 0 {
        one("vflip")
    } else {
        Vec::new()
    }
}

/// Degrees clockwise, from 0 to below 360, that a display matrix turns a picture by. Its first two rows hold
/// cosine and sine in 16.16 fixed point, each scaled by the length of its column.
pub(crate) fn rotation(matrix: [i32; 9]) -> f64 {
    let [a, b, _, c, d, ..] = matrix.map(|n| f64::from(n) / 65536.0);
    let (length_x, length_y) = (a.hypot(c), b.hypot(d));
    if length_x == 0.0 || length_y == 0.0 {
        return 0.0;
    }
    let angle = (b / length_y).atan2(a / length_x).to_degrees();
    // Whole degrees, and a little under 0 counts as 0.
    let angle = angle.round();
    angle - 360.0 * ((angle / 360.0) + 0.9 / 360.0).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_matrices_turn_as_players_do() {
        const ONE: i32 = 65536;
        let matrix = |a, b, c, d| [a, b, 0, c, d, 0, 0, 0, 1 << 30];
        assert_eq!(upright(matrix(0, ONE, -ONE, 0)), ["transpose=clock"]);
        assert_eq!(upright(matrix(-ONE, 0, 0, -ONE)), ["hflip", "vflip"]);
        assert_eq!(upright(matrix(0, -ONE, ONE, 0)), ["transpose=cclock"]);
        assert_eq!(upright(matrix(ONE, 0, 0, ONE)), Vec::<String>::new());
        assert_eq!(upright(matrix(ONE, 0, 0, -ONE)), ["vflip"]);
        assert_eq!(rotation([0; 9]), 0.0);
    }
}

//! A plane reads and writes its own samples and no others.

use super::*;

#[test]
fn rows_parts_and_flips_are_where_they_are_said_to_be() {
    let data: Vec<u8> = (0..20).collect();
    let plane = Plane::new(&data, 3, 4, 5).expect("4 rows of 3, 5 apart");
    assert_eq!(plane.rows().collect::<Vec<_>>(), [[0, 1, 2], [5, 6, 7], [10, 11, 12], [15, 16, 17]]);
    let turned = plane.upside_down();
    assert_eq!(turned.row(0), [15, 16, 17]);
    let part = turned.part(1, 1, 2, 2).expect("within");
    assert_eq!(part.rows().collect::<Vec<_>>(), [[11, 12], [6, 7]]);
    assert!(plane.part(2, 0, 2, 1).is_none() && plane.part(0, 3, 1, 2).is_none());
    assert_eq!(plane.part(3, 4, 0, 0).map(|p| (p.width(), p.height())), Some((0, 0)));
}

#[test]
fn writing_stays_within_the_rows() {
    let mut data = [0u8; 14];
    let mut plane = PlaneMut::new(&mut data, 4, 3, 5).expect("3 rows of 4, 5 apart");
    for (y, row) in plane.rows_mut().enumerate() {
        row.fill(u8::try_from(y).expect("small") + 1);
    }
    plane.part(3, 2, 1, 1).expect("the last sample").row_mut(0)[0] = 9;
    assert_eq!(data, [1, 1, 1, 1, 0, 2, 2, 2, 2, 0, 3, 3, 3, 9]);
}

#[test]
fn memory_that_is_too_small_is_refused() {
    let data = [0u8; 10];
    assert!(Plane::new(&data, 5, 2, 5).is_ok());
    assert!(Plane::new(&data, 5, 2, 6).is_err(), "the last row ends behind the memory");
    assert!(Plane::new(&data, 5, 2, 4).is_err(), "rows overlap");
    assert!(Plane::new(&data, 1, usize::MAX, usize::MAX).is_err(), "the size overflows");
    assert!(Plane::new(&data, 0, 0, 0).is_ok() && Plane::new(&data, 10, 1, 0).is_ok());
    let mut one = [0u8; 10];
    let mut single = PlaneMut::new(&mut one, 10, 1, 0).expect("a row of any stride");
    assert_eq!(single.rows_mut().map(|row| row.len()).collect::<Vec<_>>(), [10]);
    let mut none = [0u8; 0];
    let mut empty = PlaneMut::new(&mut none, 0, 3, 0).expect("three rows of nothing");
    assert_eq!(empty.rows_mut().len(), 0);
    assert_eq!(empty.row_mut(2).len(), 0);
}

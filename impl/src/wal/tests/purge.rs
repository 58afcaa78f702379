use super::super::{Lsn, WalError};
use super::{Home, append_all, records};
use std::fs;

#[test]
fn what_is_purged_is_gone_and_the_rest_is_replayed_in_order_and_appended_to() {
    let home = Home::new(256);
    let (mut wal, _, _) = home.open();
    let places = append_all(&mut wal, 0..40);
    wal.sync().unwrap();
    let segment = places[25].segment;
    let bytes = wal.bytes();
    wal.purge_before(segment).unwrap();
    assert_eq!(bytes - wal.bytes(), (segment - 1) * 256);
    wal.purge_before(1).unwrap();
    let first = places.iter().position(|place| place.segment == segment).unwrap() as u8;
    drop(wal);

    let (mut wal, replayed, report) = home.open();
    assert_eq!(replayed, records(first..40));
    assert_eq!((report.first_segment, report.last_lsn), (segment, Lsn(40)));
    assert_eq!(append_all(&mut wal, [40])[0].lsn, Lsn(41));
    wal.sync().unwrap();
    let last = places[39].segment;
    wal.purge_before(last).unwrap();
    drop(wal);
    let first = places.iter().position(|place| place.segment == last).unwrap() as u8;
    assert_eq!(home.records(), records(first..41));
}

#[test]
fn a_first_segment_that_says_nothing_stands_for_nothing() {
    let home = Home::new(256);
    let (mut wal, _, _) = home.open();
    let last = append_all(&mut wal, 0..20)[19].segment;
    wal.sync().unwrap();
    drop(wal);
    for number in 1..last {
        fs::remove_file(home.segment(number)).unwrap();
    }
    let header = fs::read(home.segment(last)).unwrap()[..48].to_vec();
    for bytes in [header, vec![0; 256]] {
        fs::write(home.segment(last), bytes).unwrap();
        let _ = fs::remove_file(home.segment(last + 1));
        match home.refuses() {
            WalError::MissingSegment { file } => assert_eq!(file, home.segment(last - 1)),
            other => panic!("{other}"),
        }
    }
}

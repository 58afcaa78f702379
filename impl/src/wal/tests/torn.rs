use std::fs;

use super::super::format::{HEADER_BYTES, Header, Record};
use super::super::{Appended, Lsn, TornTail};
use super::{Home, IDENTITY, append_all, flip, overwrite, record, records, truncate, zero};

/// Records 0..4 synced in two groups, 4..10 flushed in one write and not synced. Returns the places of the
/// latter.
fn with_unsynced_group(home: &Home) -> Vec<Appended> {
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..2);
    wal.sync().unwrap();
    append_all(&mut wal, 2..4);
    wal.sync().unwrap();
    let places = append_all(&mut wal, 4..10);
    wal.flush().unwrap();
    assert_eq!((places[0].segment, places[5].segment), (1, 1));
    places
}

#[test]
fn every_truncation_of_an_unsynced_tail_keeps_exactly_the_whole_records() {
    let home = Home::new(1024);
    let places = with_unsynced_group(&home);
    let files = home.files();
    for byte in places[0].start..=places[5].end {
        home.restore(&files);
        truncate(&home.segment(1), byte);
        let whole = places.iter().take_while(|place| place.end <= byte).count();
        assert_eq!(home.records(), records(0..4 + whole as u8), "truncated at {byte}");
        assert_eq!(
            fs::metadata(home.segment(1)).unwrap().len(),
            1024,
            "the segment has its full size again"
        );
    }
}

#[test]
fn every_zeroed_unsynced_tail_keeps_exactly_the_whole_records() {
    let home = Home::new(1024);
    let places = with_unsynced_group(&home);
    let files = home.files();
    let image = &files[&home.segment(1)];
    for byte in places[0].start..=places[5].end {
        home.restore(&files);
        zero(&home.segment(1), byte, 1024);
        // A record is whole also if all that it lost was zero.
        let is_whole = |place: &&Appended| {
            image[place.start.max(byte).min(place.end) as usize..place.end as usize]
                .iter()
                .all(|byte| *byte == 0)
        };
        let whole = places.iter().take_while(is_whole).count();
        let (_, replayed, report) = home.open();
        assert_eq!(replayed, records(0..4 + whole as u8), "zeroed from {byte}");
        let torn = places.get(whole).filter(|place| place.start < byte);
        assert_eq!(
            report.torn_tail.map(|torn| torn.offset),
            torn.map(|place| place.start)
        );
    }
}

#[test]
fn any_subset_of_an_unsynced_group_may_be_lost() {
    let home = Home::new(1024);
    let places = with_unsynced_group(&home);
    let files = home.files();
    for lost in 0u32..1 << places.len() {
        home.restore(&files);
        for (_, place) in places.iter().enumerate().filter(|(n, _)| lost & (1 << n) != 0) {
            zero(&home.segment(1), place.start, place.end);
        }
        let (_, replayed, report) = home.open();
        let first_lost = lost.trailing_zeros().min(6);
        assert_eq!(replayed, records(0..4 + first_lost as u8), "lost {lost:06b}");
        let intact_behind = 6 - lost.count_ones() - first_lost;
        assert_eq!(
            report.torn_tail.map_or(0, |torn| torn.intact_records),
            u64::from(intact_behind)
        );
        assert_eq!(home.open().2.torn_tail, None, "what was cut is gone");
    }
}

#[test]
fn a_flipped_byte_in_an_unsynced_group_cuts_from_its_record_on() {
    let home = Home::new(1024);
    let places = with_unsynced_group(&home);
    let files = home.files();
    for (n, place) in places.iter().enumerate() {
        for byte in place.start..place.end {
            home.restore(&files);
            flip(&home.segment(1), byte);
            let (_, replayed, report) = home.open();
            assert_eq!(replayed, records(0..4 + n as u8), "flipped {byte}");
            let torn = report.torn_tail.unwrap();
            assert_eq!((torn.file, torn.offset), (home.segment(1), place.start));
            assert_eq!(torn.intact_records, 5 - n as u64);
        }
    }
}

#[test]
fn several_flushes_without_a_sync_are_one_group() {
    let home = Home::new(1024);
    let (mut wal, _, _) = home.open();
    let mut places = Vec::new();
    for n in 0..4 {
        places.extend(append_all(&mut wal, [n]));
        wal.flush().unwrap();
    }
    drop(wal);
    zero(&home.segment(1), places[1].start, places[1].end);
    assert_eq!(home.records(), records(0..1));
}

#[test]
fn the_report_counts_what_was_cut() {
    let home = Home::new(1024);
    let (mut wal, _, _) = home.open();
    let places: Vec<_> = (1..=3).map(|n| wal.append(n, &[n; 10]).unwrap()).collect();
    wal.flush().unwrap();
    drop(wal);
    flip(&home.segment(1), places[1].start);
    let (wal, replayed, report) = home.open();
    assert_eq!(replayed, [(1, vec![1; 10])]);
    let (offset, bytes) = (places[1].start, places[2].end - places[1].start);
    let torn = TornTail {
        file: home.segment(1),
        offset,
        bytes,
        intact_records: 1,
    };
    assert_eq!(
        (report.segments, report.last_lsn, report.torn_tail),
        (1, Lsn(1), Some(torn))
    );
    drop(wal);
    let file = fs::read(home.segment(1)).unwrap();
    assert!(file[offset as usize..].iter().all(|byte| *byte == 0));
}

#[test]
fn after_a_cut_the_log_goes_on_and_what_was_cut_stays_away() {
    let home = Home::new(200);
    let mut kept = Vec::new();
    for round in 0..20 {
        let (mut wal, replayed, _) = home.open();
        assert_eq!(replayed, records(kept.iter().copied()), "round {round}");
        append_all(&mut wal, [round]);
        wal.sync().unwrap();
        let places = append_all(&mut wal, [101, 102, 103]);
        wal.flush().unwrap();
        // Of the three, those which a rotation happened to sync stay; the first of the others is lost.
        let synced_through = wal.synced_through();
        drop(wal);
        let lost = places.iter().find(|place| place.lsn > synced_through).unwrap();
        flip(&home.segment(lost.segment), lost.start);
        kept.extend([round, 101, 102, 103]);
        kept.truncate(synced_through.0 as usize);
    }
    assert_eq!(home.records(), records(kept));
}

#[test]
fn a_stale_record_of_a_former_segment_is_not_live() {
    let home = Home::new(1024);
    let (mut wal, _, _) = home.open();
    let end = append_all(&mut wal, 0..3)[2].end;
    wal.sync().unwrap();
    drop(wal);
    let files = home.files();
    let stale = |lsn, synced_through, segment| {
        let mut bytes = Vec::new();
        let (lsn, synced_through) = (Lsn(lsn), Lsn(synced_through));
        Record {
            lsn,
            synced_through,
            partition: 1,
            payload: b"stale",
        }
        .encode(segment, &mut bytes);
        bytes
    };

    // Exactly where the next record would be, with the lsn that it would have.
    overwrite(&home.segment(1), end, &stale(4, 3, 7));
    assert_eq!(home.records(), records(0..3));
    // Nor does it testify that anything before it was synced.
    home.restore(&files);
    overwrite(&home.segment(1), end + 5, &stale(5, 4, 7));
    assert_eq!(home.records(), records(0..3));
    // The same bytes do both with the number of their own segment.
    home.restore(&files);
    overwrite(&home.segment(1), end, &stale(4, 3, 1));
    assert_eq!(home.records().len(), 4);
    home.restore(&files);
    overwrite(&home.segment(1), end + 5, &stale(5, 4, 1));
    home.refuses();
}

/// A log that has been rotated into segment 2, and the end of whose last segment is synced.
fn with_two_segments(home: &Home) {
    let (mut wal, _, _) = home.open();
    let mut n = 0;
    while append_all(&mut wal, [n])[0].segment == 1 {
        n += 1;
    }
    wal.sync().unwrap();
    drop(wal);
    let _ = fs::remove_file(home.segment(3));
}

#[test]
fn a_crash_while_a_segment_is_created_leaves_nothing_behind() {
    let home = Home::new(200);
    with_two_segments(&home);
    let files = home.files();
    let expected = home.records();
    let header = Header {
        segment: 3,
        identity: IDENTITY,
        first_lsn: Lsn(expected.len() as u64 + 1),
    }
    .encode();
    let half_header = [&header[..30], &[0; 170]].concat();
    let cases: [&[u8]; 5] = [&[], &[0; 7], &[0; 120], &[0; 200], &half_header];
    for unbegun in cases {
        home.restore(&files);
        fs::write(home.segment(3), unbegun).unwrap();
        let (mut wal, replayed, report) = home.open();
        assert_eq!(replayed, expected);
        assert_eq!((report.segments, report.torn_tail), (2, None));
        let numbers = expected.len() as u8..40;
        append_all(&mut wal, numbers);
        wal.sync().unwrap();
        drop(wal);
        assert_eq!(home.records(), records(0..40));
    }
}

#[test]
fn a_crash_between_the_header_and_the_first_record_of_a_segment_loses_nothing() {
    let home = Home::new(200);
    with_two_segments(&home);
    let expected = home.records();
    let header = Header {
        segment: 3,
        identity: IDENTITY,
        first_lsn: Lsn(expected.len() as u64 + 1),
    }
    .encode();
    fs::write(home.segment(3), [&header[..], &[0; 200 - HEADER_BYTES]].concat()).unwrap();
    let (mut wal, replayed, report) = home.open();
    assert_eq!((replayed, report.segments), (expected.clone(), 3));
    assert_eq!(append_all(&mut wal, [expected.len() as u8])[0].segment, 3);
    wal.sync().unwrap();
    drop(wal);
    assert_eq!(home.records().last(), Some(&record(expected.len() as u8)));
}

#[test]
fn a_crash_while_the_first_segment_is_created_begins_the_log_anew() {
    for bytes in [0, 30, 200] {
        let home = Home::new(200);
        fs::create_dir(home.dir()).unwrap();
        fs::write(home.segment(1), vec![0; bytes]).unwrap();
        let (mut wal, replayed, _) = home.open();
        assert_eq!(replayed, []);
        append_all(&mut wal, 0..3);
        wal.sync().unwrap();
        drop(wal);
        assert_eq!(home.records(), records(0..3));
    }
}

#[test]
fn a_segment_prepared_ahead_is_not_part_of_the_log() {
    let home = Home::new(1000);
    let (mut wal, _, _) = home.open();
    wal.append(0, &[1; 600]).unwrap();
    wal.sync().unwrap();
    drop(wal); // waits for the preparation
    assert_eq!(fs::read(home.segment(2)).unwrap(), vec![0; 1000]);
    let (mut wal, replayed, report) = home.open();
    assert_eq!((replayed.len(), report.segments), (1, 1));
    assert_eq!(wal.append(0, &[2; 600]).unwrap().segment, 2);
    wal.sync().unwrap();
    drop(wal);
    assert_eq!(home.records(), [(0, vec![1; 600]), (0, vec![2; 600])]);
}

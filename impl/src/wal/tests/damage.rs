use std::fs;

use super::super::format::{HEADER_BYTES, Header, IDENTITY_AT, SEGMENT_AT, VERSION_AT};
use super::super::{Appended, DamagedPart, Identity, Lsn, Wal, WalError};
use super::{Home, IDENTITY, append_all, flip, overwrite, records, truncate, zero};

/// One record per group, each synced, over at least three segments. No prepared segment is left behind.
fn with_synced_groups(home: &Home) -> Vec<Appended> {
    let (mut wal, _, _) = home.open();
    let mut places = Vec::new();
    while places.last().is_none_or(|last: &Appended| last.segment < 3) || places.len() % 4 != 0 {
        places.extend(append_all(&mut wal, [places.len() as u8]));
        wal.sync().unwrap();
    }
    drop(wal);
    let _ = fs::remove_file(home.segment(places[places.len() - 1].segment + 1));
    places
}

fn assert_damaged(error: &WalError, home: &Home, place: &Appended) {
    match error {
        WalError::Damaged { file, offset, part } => {
            assert_eq!((file, *offset), (&home.segment(place.segment), place.start));
            assert_eq!(*part, DamagedPart::Record(place.lsn));
        }
        other => panic!("{other}"),
    }
}

fn assert_damaged_header(error: &WalError, home: &Home, segment: u64) {
    match error {
        WalError::Damaged {
            file,
            offset: 0,
            part: DamagedPart::Header,
        } => assert_eq!(*file, home.segment(segment)),
        other => panic!("{other}"),
    }
}

#[test]
fn every_flipped_byte_of_a_synced_record_is_damage_and_nothing_is_changed() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    // All but the last, which has nobody to testify for it.
    for place in &places[..places.len() - 1] {
        for byte in place.start..place.end {
            flip(&home.segment(place.segment), byte);
            assert_damaged(&home.refuses(), &home, place);
            flip(&home.segment(place.segment), byte);
        }
    }
    assert_eq!(home.records(), records(0..places.len() as u8));
}

#[test]
fn every_synced_record_that_became_zeros_is_damage() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    let files = home.files();
    for place in &places[..places.len() - 1] {
        home.restore(&files);
        zero(&home.segment(place.segment), place.start, place.end);
        assert_damaged(&home.refuses(), &home, place);
    }
}

#[test]
fn one_testimony_at_the_end_of_a_torn_group_is_enough() {
    let home = Home::new(2048);
    let (mut wal, _, _) = home.open();
    let synced = append_all(&mut wal, 0..3);
    wal.sync().unwrap();
    let unsynced = append_all(&mut wal, 3..9);
    wal.flush().unwrap();
    drop(wal);
    flip(&home.segment(1), synced[1].start);
    zero(&home.segment(1), unsynced[0].start, unsynced[5].start);
    assert_damaged(&home.refuses(), &home, &synced[1]);
}

#[test]
fn opening_the_log_counts_as_a_sync() {
    let home = Home::new(2048);
    let (mut wal, _, _) = home.open();
    let places = append_all(&mut wal, 0..3);
    wal.flush().unwrap();
    drop(wal);
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 3..4);
    wal.flush().unwrap();
    drop(wal);
    flip(&home.segment(1), places[2].start);
    assert_damaged(&home.refuses(), &home, &places[2]);
}

#[test]
fn a_segment_with_a_successor_is_not_torn_but_damaged() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    let files = home.files();
    let last_of_first = places.iter().rfind(|place| place.segment == 1).unwrap();
    truncate(&home.segment(1), last_of_first.end - 1);
    assert_damaged(&home.refuses(), &home, last_of_first);

    // Even if the successor has no record yet.
    home.restore(&files);
    let last = places.last().unwrap();
    let header = Header {
        segment: last.segment + 1,
        identity: IDENTITY,
        first_lsn: Lsn(last.lsn.0 + 1),
    };
    fs::write(home.segment(last.segment + 1), header.encode()).unwrap();
    flip(&home.segment(last.segment), last.start);
    assert_damaged(&home.refuses(), &home, last);
}

#[test]
fn every_flipped_byte_of_a_header_is_damage() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    for segment in 1..=places[places.len() - 1].segment {
        for byte in 0..HEADER_BYTES as u64 {
            flip(&home.segment(segment), byte);
            assert_damaged_header(&home.refuses(), &home, segment);
            flip(&home.segment(segment), byte);
        }
    }
}

#[test]
fn a_missing_segment_is_named() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    let files = home.files();
    // Of the first one, what stands in it has to say that it is missing.
    for segment in 2..places[places.len() - 1].segment {
        home.restore(&files);
        fs::remove_file(home.segment(segment)).unwrap();
        match home.refuses() {
            WalError::MissingSegment { file } => assert_eq!(file, home.segment(segment)),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_log_of_another_node_is_refused() {
    let home = Home::new(256);
    with_synced_groups(&home);
    let before = home.files();
    let other = Identity(*b"cluster-a/node-2");
    match Wal::open(&home.dir(), other, home.config, |_, _, _| Ok(())).unwrap_err() {
        WalError::WrongIdentity {
            file,
            offset,
            expected,
            found,
        } => {
            assert_eq!((file, offset), (home.segment(1), IDENTITY_AT as u64));
            assert_eq!((expected, found), (other, IDENTITY));
        }
        other => panic!("{other}"),
    }
    assert!(home.files() == before);
}

#[test]
fn a_newer_version_is_refused_also_in_the_last_segment() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    let files = home.files();
    for segment in 1..=places[places.len() - 1].segment {
        home.restore(&files);
        let mut header = files[&home.segment(segment)][..HEADER_BYTES].to_vec();
        header[VERSION_AT] = 2;
        let crc = crc32c::crc32c(&header[..HEADER_BYTES - 4]).to_le_bytes();
        header[HEADER_BYTES - 4..].copy_from_slice(&crc);
        overwrite(&home.segment(segment), 0, &header);
        match home.refuses() {
            WalError::UnknownVersion {
                file,
                offset,
                found: 2,
                known: 1,
            } => {
                assert_eq!((file, offset), (home.segment(segment), VERSION_AT as u64));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_segment_under_a_wrong_name_is_refused() {
    let home = Home::new(256);
    with_synced_groups(&home);
    fs::copy(home.segment(1), home.segment(2)).unwrap();
    match home.refuses() {
        WalError::Misplaced {
            file,
            offset,
            found: 1,
        } => {
            assert_eq!((file, offset), (home.segment(2), SEGMENT_AT as u64));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_header_that_does_not_continue_the_log_is_damage() {
    let home = Home::new(256);
    with_synced_groups(&home);
    let files = home.files();
    for first_lsn in [0, 1] {
        home.restore(&files);
        let header = Header {
            segment: 2,
            identity: IDENTITY,
            first_lsn: Lsn(first_lsn),
        };
        overwrite(&home.segment(2), 0, &header.encode());
        assert_damaged_header(&home.refuses(), &home, 2);
    }
    home.restore(&files);
    overwrite(
        &home.segment(1),
        0,
        &Header {
            segment: 1,
            identity: IDENTITY,
            first_lsn: Lsn(2),
        }
        .encode(),
    );
    assert_damaged_header(&home.refuses(), &home, 1);
}

#[test]
fn a_record_that_the_caller_refuses_is_named_and_nothing_is_changed() {
    let home = Home::new(1024);
    let (mut wal, _, _) = home.open();
    let places = append_all(&mut wal, 0..4);
    wal.sync().unwrap();
    drop(wal);
    // A tear behind it, which would be cut otherwise.
    overwrite(&home.segment(1), places[3].end + 3, &[1]);
    let before = home.files();
    let mut count = 0;
    let error = Wal::open(&home.dir(), IDENTITY, home.config, |_, _, _| {
        count += 1;
        if count == 3 {
            Err("nonsense".into())
        } else {
            Ok(())
        }
    })
    .unwrap_err();
    match &error {
        WalError::Refused {
            file, offset, lsn, ..
        } => {
            assert_eq!((file, *offset, *lsn), (&home.segment(1), places[2].start, Lsn(3)));
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().ends_with("nonsense"), "{error}");
    assert!(home.files() == before);
}

/// The other side of the rule, so that nobody takes it for more than it is.
#[test]
fn damage_to_the_last_group_looks_like_a_tear() {
    let home = Home::new(2048);
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..3);
    wal.sync().unwrap();
    let last_group = append_all(&mut wal, 3..6);
    wal.sync().unwrap();
    drop(wal);
    flip(&home.segment(1), last_group[1].start);
    let (_, replayed, report) = home.open();
    assert_eq!(replayed, records(0..4));
    assert_eq!(report.torn_tail.unwrap().offset, last_group[1].start);
}

#[test]
fn errors_tell_the_operator_where_and_what_to_do() {
    let home = Home::new(256);
    let places = with_synced_groups(&home);
    flip(&home.segment(1), places[0].start);
    let text = home.refuses().to_string();
    let place = format!("{}: offset {}", home.segment(1).display(), places[0].start);
    assert!(
        text.starts_with(&place) && text.contains("refill this replica from its peers"),
        "{text}"
    );
}

use std::fs;

use super::super::format::{HEADER_BYTES, RECORD_HEADER_BYTES};
use super::super::{Lsn, PAYLOAD_BYTES_MAX, Wal, WalConfig, WalError};
use super::{Home, IDENTITY, append_all, records};

#[test]
fn records_come_back_in_order_over_segments_partitions_and_processes() {
    let home = Home::new(200);
    for process in 0..4 {
        let (mut wal, replayed, report) = home.open();
        assert_eq!(replayed, records(0..process * 10));
        assert_eq!(report.last_lsn, Lsn(u64::from(process) * 10));
        assert_eq!(report.torn_tail, None);
        append_all(&mut wal, process * 10..process * 10 + 10);
        assert_eq!(wal.sync().unwrap(), Lsn(u64::from(process) * 10 + 10));
    }
    let (_, replayed, report) = home.open();
    assert_eq!(replayed, records(0..40));
    assert!(report.segments > 4, "{report:?}");
}

#[test]
fn appended_is_in_memory_flushed_is_in_the_file_synced_is_promised() {
    let home = Home::new(4096);
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..3);
    assert_eq!((wal.appended_through(), wal.synced_through()), (Lsn(3), Lsn(0)));
    drop(wal);
    assert_eq!(home.records(), []);

    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..3);
    wal.flush().unwrap();
    assert_eq!((wal.appended_through(), wal.synced_through()), (Lsn(3), Lsn(0)));
    drop(wal);

    let (mut wal, replayed, _) = home.open();
    assert_eq!(replayed, records(0..3));
    assert_eq!(wal.synced_through(), Lsn(3), "opening syncs what it replays");
    append_all(&mut wal, 3..5);
    assert_eq!(wal.sync().unwrap(), Lsn(5));
    assert_eq!(wal.sync().unwrap(), Lsn(5), "with nothing new");
}

#[test]
fn append_tells_where_the_record_will_be() {
    let home = Home::new(256);
    let (mut wal, _, _) = home.open();
    let payloads: Vec<Vec<u8>> = (1..=12).map(|n| vec![n; 30]).collect();
    let places: Vec<_> = payloads
        .iter()
        .map(|payload| wal.append(1, payload).unwrap())
        .collect();
    wal.flush().unwrap();
    for (place, payload) in places.iter().zip(&payloads) {
        let file = fs::read(wal.segment_path(place.segment)).unwrap();
        assert_eq!(
            file[place.start as usize + RECORD_HEADER_BYTES..place.end as usize],
            payload[..]
        );
    }
    for pair in places.windows(2) {
        assert_eq!(pair[1].lsn.0, pair[0].lsn.0 + 1);
        let follows = pair[1].segment == pair[0].segment && pair[1].start == pair[0].end;
        let rotated = pair[1].segment == pair[0].segment + 1 && pair[1].start == HEADER_BYTES as u64;
        assert!(follows || rotated, "{pair:?}");
    }
}

#[test]
fn a_rotation_syncs_what_came_before_it() {
    let home = Home::new(200);
    let (mut wal, _, _) = home.open();
    let places = append_all(&mut wal, 0..10);
    let in_first = places
        .iter()
        .filter(|place| place.segment == places[9].segment - 1)
        .map(|place| place.lsn)
        .max();
    assert_eq!(Some(wal.synced_through()), in_first);
}

#[test]
fn segments_have_their_full_size_from_the_beginning() {
    let home = Home::new(300);
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..30);
    wal.sync().unwrap();
    drop(wal);
    let files = home.files();
    assert!(files.len() > 3);
    assert!(files.values().all(|bytes| bytes.len() == 300));
}

#[test]
fn segments_of_different_sizes_make_one_log() {
    let mut home = Home::new(200);
    for (segment_bytes, numbers) in [(200, 0..10), (400, 10..20), (100, 20..30), (300, 30..40)] {
        home.config = WalConfig { segment_bytes };
        let (mut wal, replayed, _) = home.open();
        assert_eq!(replayed, records(0..numbers.start));
        append_all(&mut wal, numbers);
        wal.sync().unwrap();
    }
    assert_eq!(home.records(), records(0..40));
}

#[test]
fn a_payload_that_does_not_fit_is_refused_and_the_log_goes_on() {
    let home = Home::new(200);
    let (mut wal, _, _) = home.open();
    let max = wal.payload_bytes_max();
    assert_eq!(max, 200 - HEADER_BYTES - RECORD_HEADER_BYTES);
    wal.append(0, b"before").unwrap();
    let error = wal.append(0, &vec![1; max + 1]).unwrap_err();
    assert!(
        matches!(error, WalError::PayloadTooLarge { bytes, max: limit } if bytes == max + 1 && limit == max)
    );
    assert_eq!(
        wal.append(0, &vec![2; max]).unwrap().lsn,
        Lsn(2),
        "as large as possible, alone in its segment"
    );
    wal.append(0, b"").unwrap();
    wal.sync().unwrap();
    drop(wal);
    assert_eq!(
        home.records(),
        [(0, b"before".to_vec()), (0, vec![2; max]), (0, vec![])]
    );
}

#[test]
fn the_default_takes_the_largest_payload() {
    let mut home = Home::new(0);
    home.config = WalConfig::default();
    let (mut wal, _, _) = home.open();
    assert_eq!(wal.payload_bytes_max(), PAYLOAD_BYTES_MAX);
    for n in 1..=3 {
        wal.append(n, &vec![n; PAYLOAD_BYTES_MAX]).unwrap();
    }
    assert!(matches!(
        wal.append(0, &vec![0; PAYLOAD_BYTES_MAX + 1]),
        Err(WalError::PayloadTooLarge { .. })
    ));
    wal.sync().unwrap();
    drop(wal);
    let lengths: Vec<_> = home
        .records()
        .into_iter()
        .map(|(partition, payload)| (partition, payload.len()))
        .collect();
    assert_eq!(
        lengths,
        [
            (1, PAYLOAD_BYTES_MAX),
            (2, PAYLOAD_BYTES_MAX),
            (3, PAYLOAD_BYTES_MAX)
        ]
    );
}

#[test]
fn a_segment_without_room_for_a_record_is_a_wrong_configuration() {
    let home = Home::new((HEADER_BYTES + RECORD_HEADER_BYTES) as u64);
    assert!(matches!(
        home.try_open(),
        Err(WalError::SegmentTooSmall {
            segment_bytes: 73,
            min: 74
        })
    ));
    assert!(!home.dir().exists());
}

#[test]
fn a_directory_has_one_log_at_a_time() {
    let home = Home::new(200);
    let (wal, _, _) = home.open();
    assert!(matches!(home.try_open(), Err(WalError::InUse { dir }) if dir == home.dir()));
    drop(wal);
    home.open();
}

#[test]
fn other_files_are_left_alone() {
    let home = Home::new(200);
    let (mut wal, _, _) = home.open();
    append_all(&mut wal, 0..3);
    wal.sync().unwrap();
    drop(wal);
    for name in ["wal-2.seg", "wal-00000002.seg.old", "wal-+0000002.seg", "notes"] {
        fs::write(home.dir().join(name), b"not the log's").unwrap();
    }
    assert_eq!(home.records(), records(0..3));
    assert_eq!(home.files().len(), 5);
}

/// A log whose next flush fails: /dev/full takes nothing.
fn with_failing_flush(home: &Home) -> Wal {
    let (mut wal, _, _) = home.open();
    wal.divert("/dev/full");
    wal
}

/// A log whose next flush succeeds and whose next sync fails: /dev/null takes everything and cannot be
/// synced.
pub(super) fn with_failing_sync(home: &Home) -> Wal {
    let (mut wal, _, _) = home.open();
    wal.divert("/dev/null");
    wal
}

fn assert_poisoned(wal: &mut Wal) {
    assert!(matches!(wal.append(0, b"more"), Err(WalError::Poisoned)));
    assert!(matches!(wal.flush(), Err(WalError::Poisoned)));
    assert!(matches!(wal.sync(), Err(WalError::Poisoned)));
    assert_eq!(wal.synced_through(), Lsn(0));
}

#[test]
fn a_failed_flush_poisons_the_log() {
    let home = Home::new(200);
    let mut wal = with_failing_flush(&home);
    append_all(&mut wal, 0..2);
    assert!(
        matches!(wal.flush(), Err(WalError::Io { action: "flush to", file, .. }) if file == home.segment(1))
    );
    assert_poisoned(&mut wal);
}

#[test]
fn a_failed_sync_poisons_the_log() {
    let home = Home::new(200);
    let mut wal = with_failing_sync(&home);
    append_all(&mut wal, 0..2);
    wal.flush().unwrap();
    assert!(matches!(wal.sync(), Err(WalError::Io { action: "sync", file, .. }) if file == home.segment(1)));
    assert_poisoned(&mut wal);
}

#[test]
fn a_failed_rotation_poisons_the_log() {
    let home = Home::new(200);
    let mut wal = with_failing_sync(&home);
    let error = (0..100).find_map(|_| wal.append(0, b"fill the segment").err());
    assert!(matches!(error, Some(WalError::Io { action: "sync", .. })));
    assert_poisoned(&mut wal);
}

#[test]
fn a_segment_that_cannot_be_created_poisons_the_log() {
    let home = Home::new(200);
    let (mut wal, _, _) = home.open();
    fs::create_dir(home.segment(2)).unwrap();
    let error = (0..100).find_map(|_| wal.append(0, b"fill the segment").err());
    assert!(matches!(error, Some(WalError::Io { action: "create", file, .. }) if file == home.segment(2)));
    assert!(matches!(wal.sync(), Err(WalError::Poisoned)));
}

#[test]
fn the_parent_of_the_directory_has_to_exist() {
    let home = Home::new(200);
    let dir = home.dir().join("deeper");
    let error = Wal::open(&dir, IDENTITY, home.config, |_, _, _| Ok(())).unwrap_err();
    assert!(matches!(error, WalError::Io { action: "create", file, .. } if file == dir));
}

use vansire_finding::{Confidence, Edit, Finding, Fix, Location, Position, Problem, Severity, TraceStep};
use vansire_flow::Analysis;

use super::{Cache, Key, KeyBuilder, MAXIMUM_ENTRIES, Place};

fn at(line: u32) -> Location {
    let position = |column| Position { line, column };
    Location { path: "böse/a.py".to_owned(), start: position(1), end: position(9), cell: Some(3) }
}

fn analysis() -> Analysis {
    let rule = vansire_rules::rules()[0].metadata;
    let finding = Finding {
        rule,
        code: None,
        severity: Severity::Critical,
        confidence: Confidence::Low,
        message: "a message".to_owned(),
        location: at(2),
        trace: vec![TraceStep { location: at(1), message: "from here".to_owned() }],
        related: vec![TraceStep { location: at(7), message: "and there".to_owned() }],
        fingerprint: "f".to_owned(),
        content_fingerprint: String::new(),
        snippet: String::new(),
        fix: Some(Fix {
            message: "mend".to_owned(),
            safe: true,
            edits: vec![Edit { location: at(2), replacement: "x\n".to_owned() }],
        }),
        suppression: None,
    };
    let statistics = [("bodies".to_owned(), 7)].into_iter().collect();
    Analysis { findings: vec![finding], statistics, ..Analysis::default() }
}

fn key(text: &str) -> Key {
    let mut key = KeyBuilder::default();
    key.add(text.as_bytes());
    key.finish()
}

fn open(folder: &std::path::Path) -> Cache {
    Cache::open(&Place::Folder(folder.to_owned()), folder).unwrap()
}

#[test]
fn gives_back_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let problems = [Problem { path: "b.py".to_owned(), line: Some(3), message: "broken".to_owned() }];
    open(folder.path()).store(&key("a"), &analysis(), &problems).unwrap();
    // Another run reads the secret that the first one made.
    let cache = open(folder.path());
    let (found, found_problems) = cache.load(&key("a")).unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", analysis()));
    assert_eq!(found_problems, problems);
    assert!(cache.load(&key("b")).is_none());
    assert!(folder.path().join(".gitignore").exists() && folder.path().join("CACHEDIR.TAG").exists());
}

#[test]
fn damaged_and_forged_entries_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    cache.store(&key("a"), &analysis(), &[]).unwrap();
    let path = cache.path(&key("a"));
    let good = std::fs::read(&path).unwrap();
    for length in [0, 10, super::CODE, good.len() - 1] {
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(cache.load(&key("a")).is_none(), "cut to {length} bytes");
    }
    for at in [0, super::CODE, good.len() - 1] {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(cache.load(&key("a")).is_none(), "byte {at} changed");
    }
    // Whole, but under another name.
    std::fs::write(cache.path(&key("b")), &good).unwrap();
    assert!(cache.load(&key("b")).is_none());
    // Whole, but made with another secret.
    std::fs::write(&path, &good).unwrap();
    assert!(cache.load(&key("a")).is_some());
    std::fs::write(folder.path().join("cache-key"), [7; 32]).unwrap();
    assert!(open(folder.path()).load(&key("a")).is_none());
}

#[test]
fn pieces_of_a_key_are_kept_apart() {
    let of = |pieces: &[&str]| {
        let mut key = KeyBuilder::default();
        pieces.iter().for_each(|piece| key.add(piece.as_bytes()));
        key.finish()
    };
    assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    assert_ne!(of(&["ab"]), of(&["ab", ""]));
}

#[test]
fn the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    for number in 0..MAXIMUM_ENTRIES + 3 {
        cache.store(&key(&number.to_string()), &analysis(), &[]).unwrap();
    }
    let entries = std::fs::read_dir(folder.path()).unwrap().flatten();
    let kept = entries.filter(|it| it.path().extension().is_some_and(|extension| extension == "found"));
    assert_eq!(kept.count(), MAXIMUM_ENTRIES);
}

#[test]
fn where_nothing_can_be_written_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(Cache::open(&Place::Folder(file.join("below")), folder.path()).is_none());
    assert!(Cache::open(&Place::None, folder.path()).is_none());
}

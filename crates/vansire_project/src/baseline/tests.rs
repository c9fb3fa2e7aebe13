//! Which findings a baseline accepts, and when no more.

use jiff::civil::date;
use vansire_finding::{Confidence, Finding, Location, Position, RuleMetadata, Severity};

use super::{Baseline, Gone};

static RULE: RuleMetadata = RuleMetadata {
    name: "weak-hash",
    summary: "",
    severity: Severity::Medium,
    cwe: 327,
    owasp: "A02:2021",
    area: "cryptography",
    aliases: &["B324"],
    page: "",
};

fn finding(path: &str, line: u32, own: &str, content: &str) -> Finding {
    let position = Position { line, column: 1 };
    Finding {
        rule: &RULE,
        code: None,
        severity: RULE.severity,
        confidence: Confidence::High,
        message: String::new(),
        location: Location { path: path.to_owned(), start: position, end: position, cell: None },
        trace: Vec::new(),
        related: Vec::new(),
        fingerprint: own.to_owned(),
        content_fingerprint: content.to_owned(),
        snippet: String::new(),
        fix: None,
        suppression: None,
    }
}

fn accepted(baseline: &Baseline, findings: &mut [Finding]) -> (Vec<bool>, Vec<Gone>) {
    let gone = baseline.apply_on(date(2026, 11, 27), findings, &|_| true);
    (findings.iter().map(|finding| finding.suppression.is_some()).collect(), gone)
}

#[test]
fn a_renamed_file_keeps_what_was_accepted() {
    let baseline = Baseline::of(&[finding("a.py", 1, "1", "c"), finding("a.py", 2, "2", "d")], None);
    let mut now = [finding("b.py", 9, "3", "c"), finding("b.py", 10, "4", "c")];
    let (accepted, gone) = accepted(&baseline, &mut now);
    assert_eq!(accepted, [true, false], "once, and no more");
    assert_eq!(gone, [Gone { rule: "weak-hash".to_owned(), path: "a.py".to_owned() }]);
}

#[test]
fn what_was_not_looked_at_is_not_gone() {
    let baseline = Baseline::of(&[finding("a.py", 1, "1", "c")], None);
    assert!(baseline.apply_on(date(2026, 11, 27), &mut [], &|path| path != "a.py").is_empty());
}

#[test]
fn reasons_and_dates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.json");
    let write = |until: &str| {
        let text = format!(
            r#"{{"schema": 2, "findings": {{"1": {{"rule": "weak-hash", "path": "a.py", "content": "c",
                "reason": "not for security", "until": "{until}"}}}}}}"#
        );
        std::fs::write(&path, text).unwrap();
        Baseline::read(&path)
    };
    let mut findings = [finding("a.py", 1, "1", "c")];
    let baseline = write("2026-11-27").unwrap();
    assert_eq!(accepted(&baseline, &mut findings).0, [true]);
    assert_eq!(findings[0].suppression.as_ref().unwrap().reason.as_deref(), Some("not for security"));
    let kept = Baseline::of(&findings, Some(&baseline));
    assert_eq!(kept.entries, baseline.entries, "what people wrote stays");
    let mut findings = [finding("a.py", 1, "1", "c")];
    let (accepted, gone) = accepted(&write("2026-11-26").unwrap(), &mut findings);
    assert_eq!((accepted, gone), (vec![false], vec![]));
    assert!(write("soon").unwrap_err().message.contains("a date is written `2027-01-31`"));
}

#[test]
fn a_report_of_bandit_accepts_as_many_as_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bandit.json");
    std::fs::write(
        &path,
        r#"{"errors": [], "results": [{"filename": "./src/a.py", "line_number": 5, "test_id": "B324", "code": ""}]}"#,
    )
    .unwrap();
    let baseline = Baseline::read(&path).unwrap();
    let mut findings =
        [finding("src/a.py", 1, "1", ""), finding("src/a.py", 6, "2", ""), finding("b.py", 5, "3", "")];
    assert_eq!(accepted(&baseline, &mut findings).0, [false, true, false]);
}

//! A small report for the tests of the formats.

use std::collections::BTreeMap;

use vansire_finding::{
    Confidence, Edit, Finding, Fix, Location, Position, Problem, RuleMetadata, Severity, Suppression,
    TraceStep, fingerprint,
};

use crate::{Excerpts, Report, Tool};

static SQL_INJECTION: RuleMetadata = RuleMetadata {
    name: "sql-injection",
    summary: "Attacker-controlled text becomes part of an SQL statement",
    severity: Severity::High,
    cwe: 89,
    owasp: "A03:2021",
    area: "injection",
    aliases: &["B608", "S608"],
    page: "# sql-injection\n\n## What it finds\n\nText in SQL.\n",
};

static WEAK_HASH: RuleMetadata = RuleMetadata {
    name: "weak-hash",
    summary: "A broken hash function is used",
    severity: Severity::Medium,
    cwe: 327,
    owasp: "A02:2021",
    area: "cryptography",
    aliases: &["B324"],
    page: "# weak-hash\n\n## What it finds\n\nMD5.\n",
};

pub fn location(path: &str, line: u32, start: u32, end: u32) -> Location {
    Location {
        path: path.to_owned(),
        start: Position { line, column: start },
        end: Position { line, column: end },
        cell: None,
    }
}

fn step(path: &str, line: u32, start: u32, end: u32, message: &str) -> TraceStep {
    TraceStep { location: location(path, line, start, end), message: message.to_owned() }
}

fn finding(rule: &'static RuleMetadata, location: Location, message: &str, snippet: &str) -> Finding {
    Finding {
        rule,
        code: None,
        severity: rule.severity,
        confidence: Confidence::High,
        message: message.to_owned(),
        fingerprint: fingerprint(rule.name, &location.path, "", snippet, 0),
        content_fingerprint: fingerprint(rule.name, "", "", snippet, 0),
        location,
        trace: Vec::new(),
        related: Vec::new(),
        snippet: snippet.to_owned(),
        fix: None,
        suppression: None,
    }
}

pub fn report() -> Report {
    let execute = r#"    connection.execute(f"select * from user where name = '{name}'")"#;
    let sql = Finding {
        trace: vec![
            step("shop/views.py", 7, 12, 24, "`request.args` holds what the client sent"),
            step("shop/views.py", 8, 5, 15, "passed to `find` as `name`"),
            step("shop/store.py", 4, 5, 23, "reaches `execute` as SQL"),
        ],
        related: vec![step("shop/api.py", 9, 1, 9, "`request.json` reaches the same place")],
        ..finding(
            &SQL_INJECTION,
            location("shop/store.py", 4, 5, 23),
            "user input from `request.args` reaches `connection.execute` inside an SQL string literal",
            execute,
        )
    };
    let hash_place = location("shop/store.py", 9, 12, 23);
    let weak = Finding {
        fix: Some(Fix {
            message: "use SHA-256".to_owned(),
            safe: false,
            edits: vec![Edit { location: hash_place.clone(), replacement: "hashlib.sha256".to_owned() }],
        }),
        ..finding(&WEAK_HASH, hash_place, "`hashlib.md5` is a broken hash", "    return hashlib.md5(text)")
    };
    let notebook = Location { cell: Some(3), ..location("notes/an analysis#1.ipynb", 2, 1, 8) };
    let accepted = Finding {
        suppression: Some(Suppression { kind: "inline", reason: Some("not for security".to_owned()) }),
        ..finding(&WEAK_HASH, notebook, "`hashlib.md5` is a broken hash", "md5(text)")
    };
    let mut excerpts = Excerpts::default();
    for (path, line, text) in [
        ("shop/views.py", 7, r#"    name = request.args["name"]"#),
        ("shop/views.py", 8, "    find(name)"),
        ("shop/store.py", 4, execute),
        ("shop/store.py", 9, "    return hashlib.md5(text)"),
        ("shop/api.py", 9, r#"find(request.json["name"])"#),
    ] {
        excerpts.insert(path, None, line, text);
    }
    Report {
        tool: Tool { name: "vansire", version: "0.1.0" },
        rules: vec![&SQL_INJECTION, &WEAK_HASH],
        findings: vec![accepted, sql, weak],
        problems: vec![Problem {
            path: "shop/broken.py".to_owned(),
            line: Some(3),
            message: "expected an expression".to_owned(),
        }],
        statistics: BTreeMap::from([("files".to_owned(), 4)]),
        files: 4,
        root_uri: "file:///home/user/project/".to_owned(),
        excerpts,
        gone: Vec::new(),
    }
}

mod depth;
mod dump;
mod names;
mod scopes;
mod syntax;

use super::{Lowered, lower};
use crate::source::SourceFile;

/// Lowers text that is valid Python.
fn lowered(text: &str) -> Lowered {
    let lowered = lower(&SourceFile::new("test.py", text));
    assert_eq!(lowered.errors, [], "in {text}");
    lowered
}

/// The module body's statements, one a line.
fn statements(text: &str) -> String {
    let dump = dump::module(&lowered(text).module);
    let mut lines = dump.lines().skip(1).take_while(|line| !line.starts_with('#'));
    let mut out = String::new();
    for line in &mut lines {
        out.push_str(line.strip_prefix("  ").unwrap_or(line));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

/// The statement of a module that has one.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(statements(text), expected.trim_end(), "in {text}");
}

/// All bodies.
#[track_caller]
fn check_bodies(text: &str, expected: &str) {
    let dump = dump::module(&lowered(text).module);
    assert_eq!(dump.trim_end(), unindent(expected), "in {text}\n{dump}");
}

/// Takes the indentation of its first line from all lines.
fn unindent(text: &str) -> String {
    let text = text.trim_matches('\n');
    let indent = text.len() - text.trim_start_matches(' ').len();
    let lines: Vec<&str> = text.lines().map(|line| line.get(indent..).unwrap_or("").trim_end()).collect();
    lines.join("\n").trim_end().to_owned()
}

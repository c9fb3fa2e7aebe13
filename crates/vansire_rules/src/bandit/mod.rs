//! Bandit's checks, as Bandit 1.9 makes them: by the shape of the code, file by file, nothing followed.
//!
//! They serve people who come from Bandit: `--preset bandit` gives what they know (same file, line, test, severity,
//! confidence), `--preset audit` adds these guesses to what the analysis knows. What counts is Bandit's behaviour, also
//! where it is odd; its rules about names and values are described at each check.
//!
//! Source of the facts: Bandit's documentation and behaviour, <https://bandit.readthedocs.io/en/1.9.4/>.

mod blacklist;
mod calls;
mod crypto;
mod literal;
mod markup;
mod names;
mod nosec;
mod options;
mod processes;
mod strings;
mod table;
mod walk;

use vansire_finding::{Confidence, Finding, Location, Position, Severity};
use vansire_python::SourceFile;
use vansire_python::ir::{IrModule, Span};

pub use nosec::{Nosec, read_comment};
pub use options::{Form, Options, SECTIONS, Sections, Setting, section};
pub use table::{REMOVED, TESTS, Test, removed, test};

/// What one of Bandit's tests found.
#[derive(Debug)]
pub struct Hit {
    pub test: &'static Test,
    pub finding: Finding,
    /// First and last line of the code that the test looked at: a comment on any of them can accept the finding.
    pub lines: (u32, u32),
}

/// A hit before its place is known as lines and columns.
struct Found {
    test: &'static str,
    severity: Severity,
    confidence: Confidence,
    message: String,
    /// Where it is reported.
    span: Span,
    /// What the test looked at.
    context: Span,
    /// The qualified name of the function or class around it.
    scope: vansire_python::Symbol,
}

/// Runs every test on a file.
///
/// It recurses as deep as the code nests: call it on a thread with a large stack, as lowering is.
pub fn check(source: &SourceFile, module: &IrModule, options: &Options) -> Vec<Hit> {
    let mut hits: Vec<Hit> =
        walk::walk(source, module, options).into_iter().filter_map(|found| hit(source, found)).collect();
    hits.extend(strings::bidirectional_characters(source));
    hits
}

fn hit(source: &SourceFile, found: Found) -> Option<Hit> {
    let (start_line, start_column, end_line, end_column, cell) = source.location(found.span);
    let location = Location {
        path: source.path.clone(),
        start: Position { line: start_line, column: start_column },
        end: Position { line: end_line, column: end_column },
        cell,
    };
    let (first, _, last, ..) = source.location(found.context);
    let test = test(found.test)?;
    Some(Hit {
        test,
        finding: finding(
            test,
            found.severity,
            found.confidence,
            found.message,
            location,
            found.scope.to_string(),
        )?,
        lines: (first, last),
    })
}

fn finding(
    test: &'static Test,
    severity: Severity,
    confidence: Confidence,
    message: String,
    location: Location,
    scope: String,
) -> Option<Finding> {
    Some(Finding {
        rule: crate::rule(test.rule)?.metadata,
        code: Some(test.id),
        severity,
        confidence,
        message,
        location,
        trace: Vec::new(),
        related: Vec::new(),
        fingerprint: scope,
        content_fingerprint: String::new(),
        snippet: String::new(),
        fix: None,
        suppression: None,
    })
}

#[cfg(test)]
mod tests;

//! Rule metadata, findings, locations and traces: plain data shared by every scanner and every
//! output format. No input, no output.

use serde::Serialize;

mod fingerprint;
pub use fingerprint::fingerprint;

/// How bad it is when the finding is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure the tool is that the finding is real: from how the flow was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What there is to know about a rule besides its code. One static per rule.
#[derive(Debug)]
pub struct RuleMetadata {
    /// Kebab-case, says what is wrong; never changes once released.
    pub name: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    pub severity: Severity,
    /// The most specific CWE that fits.
    pub cwe: u16,
    /// OWASP Top 10 (2021) category, for example `A03:2021`.
    pub owasp: &'static str,
    /// The area it belongs to, for example `injection`.
    pub area: &'static str,
    /// Names of the same check in other tools: `B608`, `S608`.
    pub aliases: &'static [&'static str],
    /// The rule's page, in Markdown.
    pub page: &'static str,
}

/// A place in a file. Lines and columns count from 1; columns count characters, and the end column
/// is the one after the last character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Location {
    /// Relative to the root of the scan, with `/` between its parts.
    pub path: String,
    pub start: Position,
    pub end: Position,
    /// For notebooks: the number of the cell, from 1. Lines then count inside the cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// One step of the path that the data takes, from source to sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TraceStep {
    #[serde(flatten)]
    pub location: Location,
    pub message: String,
}

/// A replacement of text that mends the finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fix {
    pub message: String,
    pub safe: bool,
    pub edits: Vec<Edit>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edit {
    #[serde(flatten)]
    pub location: Location,
    pub replacement: String,
}

/// What was found at one place by one rule.
#[derive(Clone, Debug)]
pub struct Finding {
    pub rule: &'static RuleMetadata,
    /// The test of another tool that this is, where that tool's tests were asked for: `B602`.
    pub code: Option<&'static str>,
    pub severity: Severity,
    pub confidence: Confidence,
    /// One sentence without a full stop.
    pub message: String,
    /// Where the danger happens: the sink.
    pub location: Location,
    /// From the source to the sink; empty for findings without a data flow.
    pub trace: Vec<TraceStep>,
    /// Other sources that reach the same sink, and other places that matter.
    pub related: Vec<TraceStep>,
    /// Survives unrelated edits: see [`fingerprint`].
    pub fingerprint: String,
    /// The same without the path: survives that the file is renamed.
    pub content_fingerprint: String,
    /// The text of the line on which the finding starts, without its line end.
    pub snippet: String,
    pub fix: Option<Fix>,
    /// Why it is suppressed, when it is.
    pub suppression: Option<Suppression>,
}

/// A comment or a baseline entry that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// `inline` or `baseline`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A problem met while scanning: a file that can't be read, a syntax error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    pub message: String,
}

/// The order in which findings are reported: by place, then by rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| {
        (&left.location, left.rule.name, &left.message).cmp(&(
            &right.location,
            right.rule.name,
            &right.message,
        ))
    });
}

//! Every output format, one file each; the only crate that serializes findings.
//!
//! Pure: a [`Report`] comes in, a string goes out. What a format shows of the source stands in
//! [`Excerpts`], so that no format has to open a file.

use std::collections::BTreeMap;

use vansire_finding::{Finding, Location, Problem, RuleMetadata, Severity};

pub mod json;
pub mod rules;
pub mod sarif;
pub mod text;

mod layout;
#[cfg(test)]
mod samples;

/// The tool that made a report.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
}

/// Everything that a format may show of a run.
#[derive(Clone, Debug)]
pub struct Report {
    pub tool: Tool,
    /// The rules that were in force, by name.
    pub rules: Vec<&'static RuleMetadata>,
    /// Sorted; suppressed ones are marked by [`Finding::suppression`].
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    pub statistics: BTreeMap<String, u64>,
    /// How many files were analysed.
    pub files: usize,
    /// The folder to which paths are relative, as a `file:` URI that ends in a slash.
    pub root_uri: String,
    /// The lines of source that findings point at.
    pub excerpts: Excerpts,
    /// What the baseline accepts and isn't there any more: path and rule.
    pub gone: Vec<(String, String)>,
}

impl Report {
    /// The findings that nobody has accepted.
    pub fn active(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppression.is_none())
    }

    /// How many active findings there are of each severity, worst first, without the empty ones.
    pub fn count_by_severity(&self) -> Vec<(Severity, usize)> {
        Severity::ALL
            .into_iter()
            .rev()
            .map(|severity| (severity, self.active().filter(|finding| finding.severity == severity).count()))
            .filter(|&(_, count)| count > 0)
            .collect()
    }
}

/// Lines of source, by file, notebook cell and line number.
#[derive(Clone, Debug, Default)]
pub struct Excerpts {
    files: BTreeMap<String, BTreeMap<(Option<u32>, u32), String>>,
}

impl Excerpts {
    /// Keeps a line. Lines count from 1, within their cell when there is one.
    pub fn insert(&mut self, path: &str, cell: Option<u32>, line: u32, text: &str) {
        self.files.entry(path.to_owned()).or_default().insert((cell, line), text.to_owned());
    }

    /// The text of a line of the file at this location.
    pub fn line(&self, location: &Location, line: u32) -> Option<&str> {
        Some(self.files.get(&location.path)?.get(&(location.cell, line))?.as_str())
    }
}

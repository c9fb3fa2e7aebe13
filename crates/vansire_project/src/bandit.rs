//! Scanning with Bandit's checks alone: file by file, nothing linked, nothing followed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;
use vansire_finding::{Finding, Problem, Suppression};
use vansire_python::SourceFile;
use vansire_rules::bandit::{self, Hit, Nosec, Options, Test};

use crate::discovery::InputFile;
use crate::error::describe;
use crate::run::Observer;
use crate::{comments, suppression};

/// What the scan of one file gives.
#[derive(Default)]
pub struct Scanned {
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    /// Where there are findings: the text that they speak of.
    pub source: Option<SourceFile>,
}

/// Reads and scans files in parallel. The order is that of the files.
pub fn scan(files: &[InputFile], options: &Options, observer: &dyn Observer) -> Vec<Scanned> {
    files
        .par_iter()
        .map(|file| {
            // One file that brings a check down costs that file only.
            let done = catch_unwind(AssertUnwindSafe(|| scan_file(file, options)));
            observer.advance();
            done.unwrap_or_else(|_| {
                let message = "not scanned: an internal error, please report it".to_owned();
                problem(file, None, message)
            })
        })
        .collect()
}

fn problem(file: &InputFile, line: Option<u32>, message: String) -> Scanned {
    let problem = Problem { path: file.shown.clone(), line, message };
    Scanned { problems: vec![problem], ..Scanned::default() }
}

fn scan_file(file: &InputFile, options: &Options) -> Scanned {
    let bytes = match std::fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => return problem(file, None, format!("could not be read: {}", describe(&error))),
    };
    let (source, found) = SourceFile::from_bytes(file.name.clone(), &bytes);
    drop(bytes);
    if let Some(first) = found.into_iter().next() {
        return problem(file, first.line, format!("not scanned: {}", first.message));
    }
    let lowered = vansire_python::lower(&source);
    // Bandit leaves out a file that isn't Python as a whole.
    if let Some(first) = lowered.errors.first() {
        return problem(file, Some(first.line), format!("not scanned: {}", first.message));
    }
    let mut hits = bandit::check(&source, &lowered.module, options);
    if options.allows_assert(&file.shown) {
        hits.retain(|hit| hit.test.id != ASSERT);
    }
    if hits.is_empty() {
        return Scanned::default();
    }
    let (findings, bare) = accept(&source, hits);
    let remark = suppression::bare_comments(&bare);
    let problem = |(line, message)| Problem { path: file.shown.clone(), line: Some(line), message };
    Scanned { findings, problems: remark.map(problem).into_iter().collect(), source: Some(source) }
}

/// The test of which files can be left out.
const ASSERT: &str = "B101";

/// The findings, those that a comment accepts marked as such, and the lines of comments that name no test.
fn accept(source: &SourceFile, hits: Vec<Hit>) -> (Vec<Finding>, Vec<u32>) {
    if !source.text.contains("nosec") {
        return (hits.into_iter().map(|hit| hit.finding).collect(), Vec::new());
    }
    let comments = comments::scan(&source.text);
    let nosec = Nosec::new(comments.comments);
    let mut bare = Vec::new();
    let findings = hits
        .into_iter()
        .map(|hit| {
            let mut finding = hit.finding;
            let line = finding.location.start.line;
            if nosec.accepts(hit.test.id, line, hit.lines) {
                finding.suppression = Some(Suppression { kind: "inline", reason: None });
                bare.extend(nosec.bare(line, hit.lines));
            }
            finding
        })
        .collect();
    bare.sort_unstable();
    bare.dedup();
    (findings, bare)
}

/// The test of Bandit's that a word names, by its id in any case or by its name.
pub fn test_of_word(word: &str) -> Option<&'static Test> {
    bandit::test(word).or_else(|| bandit::test(&word.to_ascii_uppercase()))
}

/// What Bandit leaves out when nobody says otherwise: paths with one of these anywhere in them.
const LEFT_OUT: [&str; 8] = [".svn", "CVS", ".bzr", ".hg", ".git", "__pycache__", ".tox", ".eggs"];

/// Whether Bandit would scan a file, by its path below the folder that was named.
pub fn would_scan(path: &Path) -> bool {
    let is_python = path.extension().is_some_and(|extension| extension == "py");
    is_python && path.to_str().is_none_or(|text| !LEFT_OUT.iter().any(|part| text.contains(part)))
}

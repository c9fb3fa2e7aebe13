//! What becomes of the engine's findings: lines of source, suppressions, fingerprints, paths.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use vansire_finding::{Finding, Location, Problem, fingerprint};
use vansire_flow::TemplateFile;
use vansire_python::{Program, SourceFile};
use vansire_report::Excerpts;

use crate::discovery::InputFile;
use crate::suppression::{InForce, Policy, Suppressions, in_template_line, lines_before};
use crate::{mend, paths};

/// How many lines of a finding's code a report can show.
const EXCERPT_LINES: u32 = 8;

/// Where the text of Python files comes from.
pub enum Texts<'a> {
    /// What was analysed.
    Program(&'a Program),
    /// Of those files that are spoken of, where nothing had to be analysed.
    Files(BTreeMap<String, SourceFile>),
}

/// The files by the names that the analysis knows them by.
pub struct Sources<'a> {
    texts: Texts<'a>,
    templates: BTreeMap<&'a str, SourceFile>,
    scanned: BTreeMap<String, SourceFile>,
    files: BTreeMap<String, InputFile>,
    python_files: usize,
}

impl<'a> Sources<'a> {
    /// `others` are the files of templates and of installed packages.
    pub fn new(
        texts: Texts<'a>,
        template_files: &'a [TemplateFile],
        python: Vec<InputFile>,
        others: Vec<InputFile>,
    ) -> Self {
        let python_files = python.len();
        let files = python.into_iter().chain(others).map(|input| (input.name.clone(), input)).collect();
        let templates = template_files
            .iter()
            .map(|file| (file.path.as_str(), SourceFile::new(file.path.as_str(), file.text.as_str())))
            .collect();
        Self { texts, templates, scanned: BTreeMap::new(), files, python_files }
    }

    /// Adds texts of Python files that weren't analysed.
    #[must_use]
    pub fn with(mut self, texts: BTreeMap<String, SourceFile>) -> Self {
        self.scanned = texts;
        self
    }

    /// Whether there is a file that people see under this path.
    pub fn has(&self, shown: &str) -> bool {
        self.files.values().any(|file| file.shown == shown)
    }

    /// The text of a Python file, by the path that people see.
    pub fn shown_text(&self, shown: &str) -> Option<&SourceFile> {
        let (name, _) = self.files.iter().find(|(_, file)| file.shown == shown)?;
        if self.templates.contains_key(name.as_str()) { None } else { self.text(name) }
    }

    /// How many Python files there are.
    pub fn python_files(&self) -> usize {
        self.python_files
    }

    fn text(&self, name: &str) -> Option<&SourceFile> {
        let python = match &self.texts {
            Texts::Program(program) => program.file_at(name).map(|file| &*program.file(file).source),
            Texts::Files(files) => files.get(name),
        };
        python.or_else(|| self.templates.get(name)).or_else(|| self.scanned.get(name))
    }

    /// Adds what stands in the text: the lines that findings start on, and suppressions. Returns what is to be said of
    /// the suppressions themselves.
    pub fn complete(&self, findings: &mut [Finding], policy: Policy, in_force: InForce<'_>) -> Vec<Problem> {
        let mut by_file = BTreeMap::<String, Vec<&mut Finding>>::new();
        for finding in findings {
            by_file.entry(finding.location.path.clone()).or_default().push(finding);
        }
        if policy.report_unused {
            // A file without findings can have comments that accept some.
            for name in self.files.keys().filter(|name| !self.templates.contains_key(name.as_str())) {
                by_file.entry(name.clone()).or_default();
            }
        }
        by_file
            .into_par_iter()
            .flat_map_iter(|(name, findings)| {
                let read;
                let file = match self.text(&name) {
                    Some(file) => Some(file),
                    None if policy.report_unused => {
                        read = self.read(&name);
                        read.as_ref()
                    }
                    None => None,
                };
                let remarks = file.map(|file| self.complete_file(&name, file, findings, policy, in_force));
                let shown = self.shown(&name).to_owned();
                remarks.unwrap_or_default().into_iter().map(move |(line, message)| Problem {
                    path: shown.clone(),
                    line: Some(line),
                    message,
                })
            })
            .collect()
    }

    fn complete_file(
        &self,
        name: &str,
        file: &SourceFile,
        findings: Vec<&mut Finding>,
        policy: Policy,
        in_force: InForce<'_>,
    ) -> Vec<(u32, String)> {
        let is_template = self.templates.contains_key(name);
        let suppressions = (!is_template).then(|| Suppressions::of(file, policy));
        for finding in findings {
            let line = finding.location.start.line + lines_before(file, finding.location.cell);
            file.line_text(line).clone_into(&mut finding.snippet);
            if finding.suppression.is_some() {
                continue;
            }
            finding.suppression = match (&suppressions, finding.code) {
                (Some(suppressions), Some(code)) => {
                    suppressions.covering_test(&finding.location, finding.rule, code)
                }
                (Some(suppressions), None) => suppressions.covering(&finding.location, finding.rule),
                (None, _) => in_template_line(&finding.snippet, finding.rule),
            };
        }
        suppressions.map(|suppressions| suppressions.remarks(in_force)).unwrap_or_default()
    }

    /// A Python file that nothing was found in.
    fn read(&self, name: &str) -> Option<SourceFile> {
        let path = &self.files.get(name)?.path;
        let is_python = path.extension().is_some_and(|ending| ending == "py" || ending == "pyi");
        let bytes = is_python.then(|| std::fs::read(path).ok()).flatten()?;
        Some(SourceFile::from_bytes(name.to_owned(), &bytes).0)
    }

    /// Adds fixes to the findings that nobody has accepted.
    pub fn propose_fixes(&self, findings: &mut [Finding]) {
        let mut by_file = BTreeMap::<String, Vec<&mut Finding>>::new();
        for finding in findings.iter_mut().filter(|finding| finding.suppression.is_none()) {
            by_file.entry(finding.location.path.clone()).or_default().push(finding);
        }
        by_file.into_par_iter().for_each(|(name, mut findings)| {
            if !self.templates.contains_key(name.as_str())
                && let Some(source) = self.text(&name)
            {
                mend::propose(source, &mut findings);
            }
        });
    }

    /// Gives every finding its fingerprint. The engine leaves the qualified name of the enclosing
    /// function in its place; paths count from the root of the project, so that the same finding has
    /// the same fingerprint wherever the scan starts.
    pub fn identify(&self, findings: &mut [Finding], project_root: &Path) {
        // Occurrences are counted in the order of the places.
        vansire_finding::sort(findings);
        let mut occurrences = FxHashMap::<String, usize>::default();
        for finding in findings {
            let path = match self.files.get(&finding.location.path) {
                Some(input) => paths::relative(&input.path, project_root),
                None => finding.location.path.clone(),
            };
            let rule = finding.code.unwrap_or(finding.rule.name);
            let code = self.code_at(&finding.location).unwrap_or_else(|| finding.snippet.clone());
            let mut mark = |path: &str| {
                let mark = |occurrence| fingerprint(rule, path, &finding.fingerprint, &code, occurrence);
                let first = mark(0);
                let count = occurrences.entry(first.clone()).or_default();
                let own = if *count == 0 { first } else { mark(*count) };
                *count += 1;
                own
            };
            let (own, content) = (mark(&path), mark(""));
            finding.fingerprint = own;
            finding.content_fingerprint = content;
        }
    }

    /// The code at a place: its first lines, from the column at which it starts on.
    fn code_at(&self, location: &Location) -> Option<String> {
        let file = self.text(&location.path)?;
        let before = lines_before(file, location.cell);
        let last = location.end.line.min(location.start.line.saturating_add(EXCERPT_LINES - 1));
        let mut code = String::new();
        for line in location.start.line..=last {
            let text = file.line_text(line + before);
            let skipped = if line == location.start.line { location.start.column as usize - 1 } else { 0 };
            let end = if line == location.end.line { location.end.column as usize - 1 } else { usize::MAX };
            code.extend(text.chars().take(end).skip(skipped));
            code.push('\n');
        }
        Some(code)
    }

    /// Collects the lines that a report can show, and changes all paths to those that people see.
    pub fn show(&self, findings: &mut [Finding]) -> Excerpts {
        let mut wanted = BTreeMap::<String, BTreeSet<(Option<u32>, u32)>>::new();
        let mut want = |location: &Location, lines: u32| {
            let last = location.end.line.min(location.start.line.saturating_add(lines - 1));
            let numbers = (location.start.line..=last).map(|line| (location.cell, line));
            wanted.entry(location.path.clone()).or_default().extend(numbers);
        };
        for finding in &*findings {
            want(&finding.location, EXCERPT_LINES);
            for step in finding.trace.iter().chain(&finding.related) {
                want(&step.location, 1);
            }
        }
        let mut excerpts = Excerpts::default();
        for (name, places) in &wanted {
            let Some(file) = self.text(name) else { continue };
            for &(cell, line) in places {
                excerpts.insert(
                    self.shown(name),
                    cell,
                    line,
                    file.line_text(line + lines_before(file, cell)),
                );
            }
        }
        for finding in findings {
            let steps = finding.trace.iter_mut().chain(&mut finding.related).map(|step| &mut step.location);
            let edits = finding.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.location);
            for location in steps.chain(edits).chain([&mut finding.location]) {
                location.path = self.shown(&location.path).to_owned();
            }
        }
        excerpts
    }

    fn shown<'b>(&'b self, name: &'b str) -> &'b str {
        self.files.get(name).map_or(name, |input| input.shown.as_str())
    }
}

/// The files that findings speak of.
pub fn mentioned(findings: &[Finding]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for finding in findings {
        let steps = finding.trace.iter().chain(&finding.related).map(|step| &step.location);
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| &edit.location);
        names.extend(steps.chain(edits).chain([&finding.location]).map(|location| location.path.as_str()));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use vansire_finding::{Confidence, Finding, Location, Position, RuleMetadata, Severity, TraceStep};
    use vansire_flow::TemplateFile;
    use vansire_python::{Program, SourceFile};

    use super::{Sources, Texts};
    use crate::discovery::InputFile;
    use crate::suppression::Policy;

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

    fn at(path: &str, line: u32) -> Location {
        let position = Position { line, column: 1 };
        Location { path: path.to_owned(), start: position, end: position, cell: None }
    }

    fn finding(path: &str, line: u32, scope: &str) -> Finding {
        Finding {
            rule: &RULE,
            code: None,
            severity: RULE.severity,
            confidence: Confidence::High,
            message: String::new(),
            location: at(path, line),
            trace: vec![TraceStep { location: at("lib.py", 1), message: String::new() }],
            related: Vec::new(),
            fingerprint: scope.to_owned(),
            content_fingerprint: String::new(),
            snippet: String::new(),
            fix: None,
            suppression: None,
        }
    }

    const APP: &str = "md5(a)\nmd5( a )\nmd5(a)  # vansire: ignore[weak-hash] -- a reason\n";

    fn inputs(names: &[&str], folder: &str) -> Vec<InputFile> {
        names
            .iter()
            .map(|name| InputFile {
                name: (*name).to_owned(),
                shown: format!("src/{name}"),
                path: PathBuf::from(format!("{folder}/src/{name}")),
            })
            .collect()
    }

    fn gathered(app: &str, folder: &str) -> (Vec<Finding>, vansire_report::Excerpts) {
        let module = |path: &str, text: &str| {
            let source = SourceFile::new(path, text);
            let ir = vansire_python::lower(&source).module;
            (source, ir)
        };
        let program = Program::link(vec![module("app.py", app), module("lib.py", "def md5(x): ...\n")]);
        let templates = [TemplateFile {
            path: "a.html".to_owned(),
            text: "{{ x }} {# vansire: ignore[B324] #}".to_owned(),
        }];
        let sources = Sources::new(
            Texts::Program(&program),
            &templates,
            inputs(&["app.py", "lib.py"], folder),
            inputs(&["a.html"], folder),
        );
        let mut findings = vec![
            finding("app.py", 3, "f"),
            finding("app.py", 1, "f"),
            finding("app.py", 2, "f"),
            finding("a.html", 1, ""),
        ];
        sources.complete(&mut findings, Policy::default(), &|_| true);
        sources.identify(&mut findings, Path::new(folder));
        let excerpts = sources.show(&mut findings);
        (findings, excerpts)
    }

    #[test]
    fn lines_suppressions_and_paths() {
        let (findings, excerpts) = gathered(APP, "/work");
        let places: Vec<(&str, u32, bool)> = findings
            .iter()
            .map(|it| (it.location.path.as_str(), it.location.start.line, it.suppression.is_some()))
            .collect();
        assert_eq!(
            places,
            [
                ("src/a.html", 1, true),
                ("src/app.py", 1, false),
                ("src/app.py", 2, false),
                ("src/app.py", 3, true)
            ]
        );
        assert_eq!(findings[2].snippet, "md5( a )");
        assert_eq!(excerpts.line(&findings[2].location, 2), Some("md5( a )"));
        assert_eq!(excerpts.line(&findings[2].trace[0].location, 1), Some("def md5(x): ..."));
    }

    #[test]
    fn fingerprints_tell_occurrences_apart_and_survive_edits() {
        let marks = |app: &str, folder: &str| -> Vec<String> {
            gathered(app, folder).0.into_iter().map(|finding| finding.fingerprint).collect()
        };
        let first = marks(APP, "/work");
        assert_eq!(first, marks(APP, "/elsewhere"));
        assert_ne!(first[1], first[2]);
        let edited = marks(&APP.replace("md5( a )", "  md5(a)"), "/work");
        assert_eq!(first[1..3], edited[1..3]);
    }
}

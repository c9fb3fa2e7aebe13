//! One run, from paths to a report.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use vansire_finding::{Finding, Location, Problem, fingerprint};
use vansire_flow::{Analysis, FlowRule, Options, TemplateFile, Versions};
use vansire_python::ir::IrModule;
use vansire_python::{Program, SourceFile};
use vansire_report::{Excerpts, Report, Tool};

use crate::discovery::{Discovered, InputFile, discover};
use crate::error::describe;
use crate::exclude::Exclude;
use crate::models::UserModel;
use crate::suppression::{Suppressions, in_template_line, lines_before};
use crate::{Baseline, Error, Settings, models, paths, versions};

/// How many lines of a finding's code a report can show.
const EXCERPT_LINES: u32 = 8;

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Discover,
    /// With the number of files.
    Read(usize),
    Analyse,
    Report,
}

/// Somebody who watches a run.
pub trait Observer: Sync {
    fn enter(&self, _phase: Phase) {}

    /// A file has been read.
    fn advance(&self) {}
}

impl Observer for () {}

/// What a run gives.
#[derive(Debug)]
pub struct Outcome {
    pub report: Report,
    /// From a function's dotted name to the names it calls.
    pub call_graph: BTreeMap<String, BTreeSet<String>>,
}

/// Runs the static analysis. It fails only for what was asked wrongly: files that can't be read are
/// problems in the report.
pub fn run(settings: &Settings, tool: Tool, observer: &dyn Observer) -> Result<Outcome, Error> {
    let pool = vansire_python::thread_pool_builder()
        .num_threads(settings.threads)
        .build()
        .map_err(|error| Error::new(format!("could not start threads: {error}")))?;
    pool.install(|| run_here(settings, tool, observer))
}

fn run_here(settings: &Settings, tool: Tool, observer: &dyn Observer) -> Result<Outcome, Error> {
    observer.enter(Phase::Discover);
    let here = &settings.working_directory;
    let roots: Vec<PathBuf> = settings.paths.iter().map(|path| paths::absolute(path, here)).collect();
    let analysis_root = paths::analysis_root(&roots);
    let project_root = paths::project_root(&analysis_root);
    let exclude = Exclude::new(settings.exclude.as_deref(), &settings.extend_exclude)?;
    let Discovered { python, templates, mut problems } = discover(&roots, &analysis_root, here, exclude)?;
    let baseline = settings.baseline.as_deref().map(|path| Baseline::read(&here.join(path))).transpose()?;
    let mut model_roots = vec![project_root.clone(), analysis_root.clone()];
    model_roots.extend(roots.iter().filter(|root| root.is_dir()).cloned());
    let user_models = models::read(settings, &model_roots)?;
    let versions = versions::read(&analysis_root, &project_root);
    let rules = settings.selection.rules();

    observer.enter(Phase::Read(python.len()));
    let modules = read_modules(&python, observer, &mut problems);
    let template_files = read_templates(&templates, &mut problems);

    observer.enter(Phase::Analyse);
    let program = Program::link(modules);
    let options = Options { threats: settings.threats, threads: settings.threads };
    let analysis = run_analysis(&program, &template_files, &user_models, &versions, &rules, &options)?;

    observer.enter(Phase::Report);
    let files = python.len();
    let sources = Sources::new(&program, &template_files, python, templates);
    let Analysis { findings, mut statistics, call_graph } = analysis;
    let mut findings = keep_wanted(findings, settings);
    sources.complete(&mut findings);
    identify(&mut findings, &sources, &project_root);
    if let Some(baseline) = baseline {
        baseline.apply(&mut findings);
    }
    let excerpts = sources.show(&mut findings);
    vansire_finding::sort(&mut findings);
    problems.sort();
    problems.dedup();
    statistics.insert("files".to_owned(), files as u64);
    let report = Report {
        tool,
        rules: rules.iter().map(|rule| rule.metadata).collect(),
        findings,
        problems,
        statistics,
        files,
        root_uri: root_uri(here),
        excerpts,
    };
    Ok(Outcome { report, call_graph })
}

/// A file that was read and lowered.
type Module = (SourceFile, IrModule);

/// Reads, decodes and lowers in parallel. The order is that of the files.
fn read_modules(files: &[InputFile], observer: &dyn Observer, problems: &mut Vec<Problem>) -> Vec<Module> {
    let read: Vec<(Option<Module>, Vec<Problem>)> = files
        .par_iter()
        .map(|file| {
            // One file that brings lowering down costs that file only.
            let done = catch_unwind(AssertUnwindSafe(|| read_module(file)));
            observer.advance();
            done.unwrap_or_else(|_| {
                let message = "not analysed: an internal error, please report it".to_owned();
                (None, vec![Problem { path: file.shown.clone(), line: None, message }])
            })
        })
        .collect();
    let mut modules = Vec::with_capacity(read.len());
    for (module, found) in read {
        modules.extend(module);
        problems.extend(found);
    }
    modules
}

fn read_module(file: &InputFile) -> (Option<Module>, Vec<Problem>) {
    let problem = |line: Option<u32>, message: String| Problem { path: file.shown.clone(), line, message };
    let bytes = match std::fs::read(&file.path) {
        Ok(bytes) => bytes,
        Err(error) => return (None, vec![problem(None, format!("could not be read: {}", describe(&error)))]),
    };
    let (source, found) = SourceFile::from_bytes(file.name.clone(), &bytes);
    drop(bytes);
    let mut problems: Vec<Problem> = found.into_iter().map(|it| problem(it.line, it.message)).collect();
    let lowered = vansire_python::lower(&source);
    // What follows the first error of a file mostly follows from it.
    if let Some(first) = lowered.errors.first() {
        let cell = first.cell.map(|cell| format!(" (in cell {cell})")).unwrap_or_default();
        let more = match lowered.errors.len() - 1 {
            0 => String::new(),
            1 => ", and 1 more error".to_owned(),
            more => format!(", and {more} more errors"),
        };
        problems.push(problem(Some(first.line), format!("{}{cell}{more}", first.message)));
    }
    (Some((source, lowered.module)), problems)
}

fn read_templates(files: &[InputFile], problems: &mut Vec<Problem>) -> Vec<TemplateFile> {
    let mut templates = Vec::with_capacity(files.len());
    for file in files {
        match std::fs::read(&file.path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                templates.push(TemplateFile { path: file.name.clone(), text });
            }
            Err(error) => problems.push(Problem {
                path: file.shown.clone(),
                line: None,
                message: format!("could not be read: {}", describe(&error)),
            }),
        }
    }
    templates
}

/// The place where the flow engine is called.
fn run_analysis(
    _program: &Program,
    _templates: &[TemplateFile],
    user_models: &[UserModel],
    _versions: &Versions,
    _rules: &[&'static FlowRule],
    _options: &Options,
) -> Result<Analysis, Error> {
    let mut _models: Vec<(&str, &str)> = vansire_rules::models().to_vec();
    _models.extend(user_models.iter().map(|model| (model.path.as_str(), model.text.as_str())));
    Ok(Analysis::default())
}

fn keep_wanted(mut findings: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    findings.retain(|finding| {
        finding.severity >= settings.min_severity
            && finding.confidence >= settings.min_confidence
            && settings.selection.has(finding.rule)
    });
    findings
}

/// Gives every finding its fingerprint. The engine leaves the qualified name of the enclosing
/// function in its place; paths count from the root of the project, so that the same finding has
/// the same fingerprint wherever the scan starts.
fn identify(findings: &mut [Finding], sources: &Sources<'_>, project_root: &Path) {
    // Occurrences are counted in the order of the places.
    vansire_finding::sort(findings);
    let mut occurrences = FxHashMap::<String, usize>::default();
    for finding in findings {
        let path = match sources.files.get(&finding.location.path) {
            Some(input) => paths::relative(&input.path, project_root),
            None => finding.location.path.clone(),
        };
        let mark = |occurrence: usize| {
            fingerprint(finding.rule.name, &path, &finding.fingerprint, &finding.snippet, occurrence)
        };
        let first = mark(0);
        let count = occurrences.entry(first.clone()).or_default();
        finding.fingerprint = if *count == 0 { first } else { mark(*count) };
        *count += 1;
    }
}

fn root_uri(folder: &Path) -> String {
    let text = paths::display(folder, Path::new(""));
    let uri = vansire_report::sarif::file_uri(&text);
    if uri.ends_with('/') { uri } else { format!("{uri}/") }
}

/// The files by the names that the analysis knows them by.
struct Sources<'a> {
    program: &'a Program,
    templates: BTreeMap<&'a str, SourceFile>,
    files: BTreeMap<String, InputFile>,
}

impl<'a> Sources<'a> {
    fn new(
        program: &'a Program,
        template_files: &'a [TemplateFile],
        python: Vec<InputFile>,
        templates: Vec<InputFile>,
    ) -> Self {
        let files = python.into_iter().chain(templates).map(|input| (input.name.clone(), input)).collect();
        let templates = template_files
            .iter()
            .map(|file| (file.path.as_str(), SourceFile::new(file.path.as_str(), file.text.as_str())))
            .collect();
        Self { program, templates, files }
    }

    fn text(&self, name: &str) -> Option<&SourceFile> {
        match self.program.file_at(name) {
            Some(file) => Some(&self.program.file(file).source),
            None => self.templates.get(name),
        }
    }

    /// Adds what stands in the text: the lines that findings start on, and suppressions.
    fn complete(&self, findings: &mut [Finding]) {
        let mut by_file = BTreeMap::<String, Vec<&mut Finding>>::new();
        for finding in findings {
            by_file.entry(finding.location.path.clone()).or_default().push(finding);
        }
        by_file.into_par_iter().for_each(|(name, findings)| {
            let Some(file) = self.text(&name) else { return };
            let is_template = self.templates.contains_key(name.as_str());
            let suppressions = (!is_template).then(|| Suppressions::of(file));
            for finding in findings {
                let line = finding.location.start.line + lines_before(file, finding.location.cell);
                file.line_text(line).clone_into(&mut finding.snippet);
                finding.suppression = match &suppressions {
                    Some(suppressions) => suppressions.covering(&finding.location, finding.rule),
                    None => in_template_line(&finding.snippet, finding.rule),
                };
            }
        });
    }

    /// Collects the lines that a report can show, and changes all paths to those that people see.
    fn show(&self, findings: &mut [Finding]) -> Excerpts {
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
        let lines: Vec<(String, Vec<(Option<u32>, u32, String)>)> = wanted
            .into_par_iter()
            .filter_map(|(name, places)| {
                let file = self.text(&name)?;
                let lines = places.into_iter().map(|(cell, line)| {
                    (cell, line, file.line_text(line + lines_before(file, cell)).to_owned())
                });
                Some((self.shown(&name).to_owned(), lines.collect()))
            })
            .collect();
        let mut excerpts = Excerpts::default();
        for (path, lines) in lines {
            for (cell, line, text) in lines {
                excerpts.insert(&path, cell, line, &text);
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

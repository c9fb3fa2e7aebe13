//! One run, from paths to a report.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use vansire_finding::{Confidence, Finding, Problem};
use vansire_flow::model::ModelSet;
use vansire_flow::{Analysis, FlowRule, Options, TemplateFile, Versions};
use vansire_python::ir::IrModule;
use vansire_python::{Program, SourceFile, Symbol};
use vansire_report::{Report, Tool};

use crate::cache::{self, Cache, KeyBuilder, Place};
use crate::discovery::{Discovered, InputFile, discover};
use crate::error::describe;
use crate::exclude::Exclude;
use crate::gather::{self, Sources, Texts};
use crate::models::UserModel;
use crate::{Baseline, Error, Settings, models, paths, suggest, versions};

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
    let program;
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
    let template_files = read_templates(&templates, &mut problems);
    let options = Options {
        threats: settings.threats,
        may_be_library: false,
        threads: settings.threads,
        call_graph: settings.call_graph,
    };
    let work = Work {
        templates: &template_files,
        user_models: &user_models,
        versions: &versions,
        rules: &rules,
        options: &options,
        // Who names sources of their own has said what counts.
        may_be_library: settings.threats_by_default && user_models.is_empty() && !settings.call_graph,
    };
    // The call graph isn't kept.
    let cache = (!settings.call_graph).then(|| Cache::open(&settings.cache, &project_root)).flatten();
    let known = cache.map(|cache| {
        let key = key(tool.version, &python, &work);
        (cache.load(&key), cache, key)
    });
    let (analysis, texts, found) = match known {
        Some((Some((analysis, found)), ..)) => {
            let texts = Texts::Files(read_mentioned(&python, &analysis.findings));
            python.iter().for_each(|_| observer.advance());
            (analysis, texts, found)
        }
        missing => {
            let start = Instant::now();
            let mut found = Vec::new();
            let modules = read_modules(&python, observer, &mut found);
            observer.enter(Phase::Analyse);
            program = Program::link(modules);
            let analysis = run_analysis(&program, &work)?;
            found.extend(analysis.failures.iter().map(|failure| {
                let shown = python.iter().find(|file| file.name == failure.path);
                Problem {
                    path: shown.map_or_else(|| failure.path.clone(), |file| file.shown.clone()),
                    line: Some(failure.line),
                    message: format!("{} not analysed: an internal error, please report it", failure.what),
                }
            }));
            if let Some((_, cache, key)) = missing
                && (settings.cache != Place::Project || start.elapsed() >= WORTH_KEEPING)
                // Somebody may have written to a file meanwhile.
                && self::key(tool.version, &python, &work) == key
            {
                // A full or read-only disk costs the next run its time, and nothing else.
                let _ = cache.store(&key, &analysis, &found);
            }
            (analysis, Texts::Program(&program), found)
        }
    };
    problems.extend(found);

    observer.enter(Phase::Report);
    let files = python.len();
    let sources = Sources::new(texts, &template_files, python, templates);
    let Analysis { findings, mut statistics, call_graph, .. } = analysis;
    let mut findings = findings;
    sources.complete(&mut findings);
    // Occurrences are counted before anything is left out, so that options don't change them.
    sources.identify(&mut findings, &project_root);
    findings.iter_mut().for_each(doubt_in_tests);
    let mut findings = keep_wanted(findings, settings);
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
        // Nothing of it lies below the working directory: what is scanned is what paths are relative to.
        root_uri: root_uri(if roots.iter().any(|root| root.starts_with(here)) {
            here
        } else {
            &project_root
        }),
        excerpts,
    };
    Ok(Outcome { report, call_graph })
}

/// What the analysis depends on besides the Python files.
struct Work<'a> {
    templates: &'a [TemplateFile],
    user_models: &'a [UserModel],
    versions: &'a Versions,
    rules: &'a [&'static FlowRule],
    options: &'a Options,
    may_be_library: bool,
}

/// What took less than this is done again rather than looked up, unless a folder was named: small projects are left
/// without another folder.
const WORTH_KEEPING: Duration = Duration::from_millis(300);

/// Under what the results of an analysis are kept: everything that they depend on.
fn key(version: &str, files: &[InputFile], work: &Work<'_>) -> cache::Key {
    let mut key = KeyBuilder::default();
    key.add(cache::identity(version).as_bytes());
    key.add(format!("{:?} {} {:?}", work.options.threats, work.may_be_library, work.versions).as_bytes());
    for rule in work.rules {
        key.add(rule.metadata.name.as_bytes());
    }
    for model in work.user_models {
        key.add(model.path.as_bytes());
        key.add(model.text.as_bytes());
    }
    key.add(b"templates");
    for template in work.templates {
        key.add(template.path.as_bytes());
        key.add(template.text.as_bytes());
    }
    key.add(b"files");
    let contents: Vec<_> = files
        .par_iter()
        .map(|file| std::fs::read(&file.path).map(|bytes| cache::hash(&bytes)).map_err(|error| error.kind()))
        .collect();
    for (file, content) in files.iter().zip(contents) {
        key.add(file.name.as_bytes());
        key.add(file.shown.as_bytes());
        match content {
            Ok(hash) => key.add(&hash),
            Err(kind) => key.add(format!("{kind:?}").as_bytes()),
        }
    }
    key.finish()
}

/// The text of the files that findings speak of.
fn read_mentioned(files: &[InputFile], findings: &[Finding]) -> BTreeMap<String, SourceFile> {
    let mentioned = gather::mentioned(findings);
    let wanted: Vec<&InputFile> =
        files.iter().filter(|file| mentioned.contains(file.name.as_str())).collect();
    wanted
        .into_par_iter()
        .filter_map(|file| {
            let bytes = std::fs::read(&file.path).ok()?;
            Some((file.name.clone(), SourceFile::from_bytes(file.name.clone(), &bytes).0))
        })
        .collect()
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

/// Compiles the models and calls the flow engine.
fn run_analysis(program: &Program, work: &Work<'_>) -> Result<Analysis, Error> {
    let models = compile_models(program, work.user_models, work.versions, work.options)?;
    let may_be_library = work.may_be_library && has_package(program);
    let options = Options { may_be_library, ..work.options.clone() };
    Ok(vansire_flow::analyze(program, work.templates, &models, work.rules, &options))
}

/// Whether there is something that others can import.
fn has_package(program: &Program) -> bool {
    let is_package = |path: &str| {
        path.ends_with("__init__.py") && !paths::is_test_code(path) && path != "__init__.py"
            // A distribution may consist of single modules.
            || path == "setup.py"
    };
    program.files().any(|(_, file)| is_package(&file.source.path))
}

/// A mistake in a model of the user's stops the run, so that nobody believes it to be in force.
fn compile_models(
    program: &Program,
    user_models: &[UserModel],
    versions: &Versions,
    options: &Options,
) -> Result<ModelSet, Error> {
    let mut models = vansire_rules::models().to_vec();
    models.extend(user_models.iter().map(|model| (model.path.as_str(), model.text.as_str())));
    // A model may also describe the project's own modules.
    let mut names: Vec<Symbol> = program
        .files()
        .flat_map(|(_, file)| file.ir.imports.iter().copied().chain([file.module_name]))
        .collect();
    names.sort_unstable_by_key(|name| name.as_str());
    names.dedup();
    let (set, errors) = ModelSet::build(&models, &names, versions, options.threats);
    let users = |path: &str| user_models.iter().any(|model| model.path == path);
    if let Some(error) = errors.into_iter().find(|error| users(&error.path)) {
        return Err(Error::new(error.to_string()).with_hint("docs/models.md describes the form of models"));
    }
    check_rules(user_models)?;
    Ok(set)
}

/// The engine doesn't know the rules: what a check names is looked up here.
fn check_rules(models: &[UserModel]) -> Result<(), Error> {
    for model in models {
        let Ok(file) = vansire_flow::model::parse(&model.path, &model.text) else { continue };
        for check in &file.check {
            if vansire_rules::rule(&check.rule).is_some() {
                continue;
            }
            let at = model.text.find(&format!("\"{}\"", check.rule)).unwrap_or(0);
            let line = model.text[..at].bytes().filter(|&byte| byte == b'\n').count() + 1;
            let names = vansire_rules::rules().iter().map(|rule| rule.metadata.name);
            let hint = suggest::hint(&check.rule, names)
                .unwrap_or_else(|| "`vansire rules` lists the rules".to_owned());
            let message = format!("no rule is called `{}` in {}:{line}", check.rule, model.path);
            return Err(Error::new(message).with_hint(hint));
        }
    }
    Ok(())
}

/// What test code does wrong does no harm where the program runs: it ranks below everything else.
fn doubt_in_tests(finding: &mut Finding) {
    if paths::is_test_code(&finding.location.path) {
        finding.confidence = match finding.confidence {
            Confidence::High if !finding.trace.is_empty() => Confidence::Medium,
            _ => Confidence::Low,
        };
    }
}

fn keep_wanted(mut findings: Vec<Finding>, settings: &Settings) -> Vec<Finding> {
    findings.retain(|finding| {
        finding.severity >= settings.min_severity
            && finding.confidence >= settings.min_confidence
            && settings.selection.has(finding.rule)
    });
    findings
}

fn root_uri(folder: &Path) -> String {
    let text = paths::display(folder, Path::new(""));
    let uri = vansire_report::sarif::file_uri(&text);
    if uri.ends_with('/') { uri } else { format!("{uri}/") }
}

//! One run, from paths to a report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use vansire_finding::{Confidence, Finding, Problem, RuleMetadata};
use vansire_flow::model::ModelSet;
use vansire_flow::{Analysis, FlowRule, Options, TemplateFile, Versions};
use vansire_python::{Program, SourceFile, Symbol};
use vansire_report::{Report, Tool};
use vansire_rules::bandit::{TESTS, Test};

use crate::cache::{self, Cache, KeyBuilder, Place};
use crate::changes::Changes;
use crate::discovery::{Discovered, InputFile, discover};
use crate::environment::Environment;
use crate::error::describe;
use crate::exclude::Exclude;
use crate::gather::{self, Sources, Texts};
use crate::models::UserModel;
use crate::parts::{self, Analysed};
use crate::reading::{Hashes, Lowered, Reading, hash_of};
use crate::selection::Selector;
use crate::{Baseline, Error, Preset, Settings, bandit, models, paths, suggest, versions};

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
    let preset = settings.preset;
    let Discovered { python, templates, mut problems } =
        discover(&roots, &analysis_root, here, exclude, preset)?;
    let baseline = settings.baseline.as_deref().map(|path| Baseline::read(&here.join(path))).transpose()?;
    let mut model_roots = vec![project_root.clone(), analysis_root.clone()];
    model_roots.extend(roots.iter().filter(|root| root.is_dir()).cloned());
    let changes =
        settings.diff.as_deref().map(|revision| Changes::since(revision, &project_root)).transpose()?;
    let user_models = models::read(settings, &model_roots)?;
    let versions = versions::read(&analysis_root, &project_root);
    let environment = settings
        .follow
        .as_ref()
        .map(|it| {
            let usual = [project_root.as_path(), analysis_root.as_path()];
            Environment::find(it.python.as_deref(), it.active.as_deref(), &usual, here)
        })
        .transpose()?;
    let closing =
        Closing { settings, tool, observer, roots: &roots, project_root: &project_root, baseline, changes };
    if preset == Preset::Bandit {
        observer.enter(Phase::Read(python.len()));
        let (findings, texts, found) = guess(&python, settings, observer);
        problems.extend(found);
        let sources = Sources::new(Texts::Files(texts), &[], python, Vec::new());
        let analysis = Analysis { findings, ..Analysis::default() };
        return Ok(closing.close(analysis, &sources, problems));
    }
    let rules = settings.selection.rules_to_run(preset == Preset::Audit);

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
    let mut reading = Reading::default();
    let installed = match &environment {
        Some(environment) => {
            let table = cache.as_ref().and_then(|cache| cache.load_imports(tool.version));
            let followed = reading.follow(environment, &python, table.as_ref(), here, observer);
            problems.extend(followed.problems);
            followed.modules
        }
        None => Vec::new(),
    };
    if let (Some(cache), Some(table)) = (&cache, reading.import_table()) {
        // A full or read-only disk costs the next run its time, and nothing else.
        let _ = cache.store_imports(tool.version, &table);
    }
    let all: Vec<&InputFile> = python.iter().chain(installed.iter().map(|module| &module.file)).collect();
    // What was read already counts as it was then.
    let contents = if cache.is_some() { contents(&all, &reading.hashes) } else { Vec::new() };
    let known = cache.map(|cache| {
        let key = key(tool.version, &all, &contents, &work);
        (cache.load(&key), cache, key)
    });
    let (analysis, texts, found) = match known {
        Some((Some((analysis, found)), ..)) => {
            let files = python.iter().chain(installed.iter().map(|module| &module.file));
            let texts = Texts::Files(read_mentioned(files, &analysis.findings));
            python.iter().for_each(|_| observer.advance());
            (analysis, texts, found)
        }
        missing => {
            let start = Instant::now();
            let Analysed { analysis, problems: mut found, program: whole } = if environment.is_some() {
                let Lowered { modules, packages, problems: found } =
                    reading.finish(&python, &installed, observer);
                observer.enter(Phase::Analyse);
                let whole = Program::link_installed(modules, packages);
                let models = compile_models(&whole, &work, work.options)?;
                let analysis = run_analysis(&whole, &models, &work);
                Analysed { analysis, problems: found, program: Some(whole) }
            } else {
                let run = parts::Run {
                    version: tool.version,
                    files: &python,
                    contents: &contents,
                    work: &work,
                    cache: missing.as_ref().map(|(_, cache, _)| cache),
                    observer,
                };
                run.analyse()?
            };
            found.extend(analysis.failures.iter().map(|failure| {
                let mut files = python.iter().chain(installed.iter().map(|module| &module.file));
                let shown = files.find(|file| file.name == failure.path);
                Problem {
                    path: shown.map_or_else(|| failure.path.clone(), |file| file.shown.clone()),
                    line: Some(failure.line),
                    message: format!("{} not analysed: an internal error, please report it", failure.what),
                }
            }));
            if let Some((_, cache, key)) = missing
                && (settings.cache != Place::Project || start.elapsed() >= WORTH_KEEPING)
                // Somebody may have written to a file meanwhile.
                && self::contents(&all, &Hashes::new()) == contents
            {
                let _ = cache.store(&key, &analysis, &found);
            }
            let texts = match whole {
                Some(whole) => {
                    program = whole;
                    Texts::Program(&program)
                }
                None => Texts::Files(read_mentioned(python.iter(), &analysis.findings)),
            };
            (analysis, texts, found)
        }
    };
    problems.extend(found);

    let (guesses, guessed_texts, found) = guess(&python, settings, &());
    problems.extend(found);
    let others = templates.into_iter().chain(installed.into_iter().map(|module| module.file)).collect();
    let sources = Sources::new(texts, &template_files, python, others).with(guessed_texts);
    let mut analysis = analysis;
    add_guesses(&mut analysis.findings, guesses);
    Ok(closing.close(analysis, &sources, problems))
}

/// What is left to do when everything has been found.
struct Closing<'a> {
    settings: &'a Settings,
    tool: Tool,
    observer: &'a dyn Observer,
    roots: &'a [PathBuf],
    project_root: &'a Path,
    baseline: Option<Baseline>,
    changes: Option<Changes>,
}

impl Closing<'_> {
    fn close(&self, analysis: Analysis, sources: &Sources<'_>, mut problems: Vec<Problem>) -> Outcome {
        let Self { settings, tool, observer, roots, project_root, .. } = *self;
        observer.enter(Phase::Report);
        let here = &settings.working_directory;
        let Analysis { mut findings, mut statistics, call_graph, .. } = analysis;
        let in_force = |selector: Option<&Selector>| match selector {
            Some(selector) => settings.selection.looks_for(selector, settings.preset),
            None => settings.selection.is_everything() && settings.preset != Preset::Bandit,
        };
        problems.extend(sources.complete(&mut findings, settings.suppressions, &in_force));
        // Occurrences are counted before anything is left out, so that options don't change them.
        sources.identify(&mut findings, project_root);
        if settings.preset != Preset::Bandit {
            findings.iter_mut().for_each(doubt_in_tests);
        }
        let mut findings = keep_wanted(findings, settings);
        if settings.fixes {
            sources.propose_fixes(&mut findings);
        }
        let excerpts = sources.show(&mut findings);
        findings.retain(|finding| {
            settings.per_file.has(&here.join(&finding.location.path), finding.rule, finding.code)
        });
        if let Some(changes) = &self.changes {
            findings.retain(|finding| changes.touch(finding, here));
        }
        let looked_at = |path: &str| sources.has(path) || !here.join(path).exists();
        let text = |path: &str| sources.shown_text(path);
        let gone = self.baseline.as_ref().map(|baseline| baseline.apply(&mut findings, &looked_at, &text));
        // Of what wasn't asked for nobody knows whether it is gone.
        let gone = gone.filter(|_| self.changes.is_none());
        vansire_finding::sort(&mut findings);
        problems.sort();
        problems.dedup();
        let files = sources.python_files();
        statistics.insert("files".to_owned(), files as u64);
        let mut rules: Vec<&'static RuleMetadata> =
            settings.selection.rules().iter().map(|rule| rule.metadata).collect();
        rules.extend(findings.iter().map(|finding| finding.rule));
        rules.sort_unstable_by_key(|rule| rule.name);
        rules.dedup_by_key(|rule| rule.name);
        let report = Report {
            tool,
            rules,
            findings,
            problems,
            statistics,
            files,
            // Nothing of it lies below the working directory: what is scanned is what paths are relative to.
            root_uri: root_uri(if roots.iter().any(|root| root.starts_with(here)) {
                here
            } else {
                project_root
            }),
            excerpts,
            gone: gone.unwrap_or_default().into_iter().map(|gone| (gone.path, gone.rule)).collect(),
        };
        Outcome { report, call_graph }
    }
}

/// What Bandit's checks find, as far as it was asked for, with the texts that it speaks of.
fn guess(
    python: &[InputFile],
    settings: &Settings,
    observer: &dyn Observer,
) -> (Vec<Finding>, BTreeMap<String, SourceFile>, Vec<Problem>) {
    let (mut findings, mut texts, mut problems) = (Vec::new(), BTreeMap::new(), Vec::new());
    let is_wanted = |test: &Test| settings.preset != Preset::Default || settings.selection.wants(test);
    if !TESTS.iter().any(is_wanted) {
        return (findings, texts, problems);
    }
    for (file, scanned) in python.iter().zip(bandit::scan(python, &settings.bandit, observer)) {
        let wanted = |finding: &Finding| {
            finding.code.and_then(vansire_rules::bandit::test).is_some_and(is_wanted)
                && settings.selection.has_finding(finding.rule, finding.code)
        };
        let found: Vec<Finding> = scanned.findings.into_iter().filter(wanted).collect();
        if let Some(source) = scanned.source.filter(|_| !found.is_empty()) {
            texts.insert(file.name.clone(), source);
        }
        findings.extend(found);
        // What can't be read has been said already where the files are analysed, too.
        if settings.preset == Preset::Bandit {
            problems.extend(scanned.problems);
        }
    }
    (findings, texts, problems)
}

/// Adds what was guessed where nothing is known.
fn add_guesses(findings: &mut Vec<Finding>, guesses: Vec<Finding>) {
    let place =
        |finding: &Finding| (finding.location.path.clone(), finding.location.start.line, finding.rule.name);
    let known: BTreeSet<_> = findings.iter().map(place).collect();
    findings.extend(guesses.into_iter().filter(|guess| !known.contains(&place(guess))));
}

/// What the analysis depends on besides the Python files.
pub(crate) struct Work<'a> {
    templates: &'a [TemplateFile],
    user_models: &'a [UserModel],
    versions: &'a Versions,
    rules: &'a [&'static FlowRule],
    pub options: &'a Options,
    may_be_library: bool,
}

impl Work<'_> {
    /// A call graph is asked for of the whole.
    pub(crate) fn may_be_divided(&self) -> bool {
        !self.options.call_graph
    }

    /// The top-level packages that models of the user's describe.
    pub(crate) fn modelled_by_user(&self) -> BTreeSet<Symbol> {
        let parsed = |model: &UserModel| vansire_flow::model::parse(&model.path, &model.text).ok();
        let top = |package: &str| Symbol::new(package.split('.').next().unwrap_or_default());
        self.user_models.iter().filter_map(parsed).map(|file| top(&file.package)).collect()
    }
}

/// The hash of a file's content, or why it can't be read.
pub(crate) type Content = Result<[u8; 32], std::io::ErrorKind>;

/// What took less than this is done again rather than looked up, unless a folder was named: small projects are left
/// without another folder.
const WORTH_KEEPING: Duration = Duration::from_millis(300);

/// Under what the results of an analysis are kept: everything that they depend on.
fn key(version: &str, files: &[&InputFile], contents: &[Content], work: &Work<'_>) -> cache::Key {
    let mut key = KeyBuilder::default();
    key.add(cache::identity(version).as_bytes());
    add_work(&mut key, work);
    key.add(b"files");
    add_files(&mut key, files.iter().copied().zip(contents));
    key.finish()
}

/// Adds what the results depend on besides the Python files.
pub(crate) fn add_work(key: &mut KeyBuilder, work: &Work<'_>) {
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
}

/// Adds the names of files and what is in them. Files of installed packages have names that no other file has.
pub(crate) fn add_files<'a>(key: &mut KeyBuilder, files: impl Iterator<Item = (&'a InputFile, &'a Content)>) {
    for (file, content) in files {
        key.add(file.name.as_bytes());
        key.add(file.shown.as_bytes());
        match content {
            Ok(hash) => key.add(hash),
            Err(kind) => key.add(format!("{kind:?}").as_bytes()),
        }
    }
}

fn contents(files: &[&InputFile], read: &Hashes) -> Vec<Content> {
    let content = |file: &&InputFile| read.get(&file.name).map_or_else(|| hash_of(file), |hash| Ok(*hash));
    files.par_iter().map(content).collect()
}

/// The text of the files that findings speak of.
fn read_mentioned<'a>(
    files: impl Iterator<Item = &'a InputFile>,
    findings: &[Finding],
) -> BTreeMap<String, SourceFile> {
    let mentioned = gather::mentioned(findings);
    let wanted: Vec<&InputFile> = files.filter(|file| mentioned.contains(file.name.as_str())).collect();
    wanted
        .into_par_iter()
        .filter_map(|file| {
            let bytes = std::fs::read(&file.path).ok()?;
            Some((file.name.clone(), SourceFile::from_bytes(file.name.clone(), &bytes).0))
        })
        .collect()
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

/// Calls the flow engine.
pub(crate) fn analyse(program: &Program, models: &ModelSet, work: &Work<'_>) -> Analysis {
    vansire_flow::analyze(program, work.templates, models, work.rules, work.options)
}

/// The same for a whole project, which may turn out to be a library.
pub(crate) fn run_analysis(program: &Program, models: &ModelSet, work: &Work<'_>) -> Analysis {
    let may_be_library = work.may_be_library && has_package(program);
    let options = Options { may_be_library, ..work.options.clone() };
    vansire_flow::analyze(program, work.templates, models, work.rules, &options)
}

/// Whether there is something that others can import.
fn has_package(program: &Program) -> bool {
    let is_package = |path: &str| {
        path.ends_with("__init__.py") && !paths::is_test_code(path) && path != "__init__.py"
            // A distribution may consist of single modules.
            || path == "setup.py"
    };
    program.files().any(|(_, file)| !file.is_installed && is_package(&file.source.path))
}

/// A mistake in a model of the user's stops the run, so that nobody believes it to be in force.
pub(crate) fn compile_models(
    program: &Program,
    work: &Work<'_>,
    options: &Options,
) -> Result<ModelSet, Error> {
    let user_models = work.user_models;
    let mut models = vansire_rules::models().to_vec();
    models.extend(user_models.iter().map(|model| (model.path.as_str(), model.text.as_str())));
    // A model may also describe the project's own modules.
    let mut names: Vec<Symbol> = program
        .files()
        .flat_map(|(_, file)| file.ir.imports.iter().copied().chain([file.module_name]))
        .collect();
    names.sort_unstable_by_key(|name| name.as_str());
    names.dedup();
    let (set, errors) = ModelSet::build(&models, &names, work.versions, options.threats);
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
        let settings = file.setting.iter().map(|setting| &setting.rule);
        for rule in file.check.iter().map(|check| &check.rule).chain(settings) {
            if vansire_rules::rule(rule).is_some() {
                continue;
            }
            let at = model.text.find(&format!("\"{rule}\"")).unwrap_or(0);
            let line = model.text[..at].bytes().filter(|&byte| byte == b'\n').count() + 1;
            let names = vansire_rules::rules().iter().map(|rule| rule.metadata.name);
            let hint =
                suggest::hint(rule, names).unwrap_or_else(|| "`vansire rules` lists the rules".to_owned());
            let message = format!("no rule is called `{rule}` in {}:{line}", model.path);
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
            && settings.selection.has_finding(finding.rule, finding.code)
    });
    findings
}

fn root_uri(folder: &Path) -> String {
    let text = paths::display(folder, Path::new(""));
    let uri = vansire_report::sarif::file_uri(&text);
    if uri.ends_with('/') { uri } else { format!("{uri}/") }
}

//! Runs the cases of the pages: each section's files are analysed as a project of their own, and
//! what is found is compared with the marks.
//!
//! `MDTEST=text` runs only the pages whose path has the text in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use vansire_finding::Finding;
use vansire_flow::model::ModelSet;
use vansire_flow::{Options, TemplateFile, Threats, Versions};
use vansire_mdtest::{Case, Failure, Page, Report};
use vansire_python::{InstalledModule, Program, SourceFile, Symbol};

/// Files below this folder of a case are modules of installed packages.
const INSTALLED: &str = "site-packages/";

fn run_case(page: &Page, case: &Case) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut fail = |line: usize, message: String| {
        failures.push(Failure { path: page.path.clone(), line, message });
    };
    let mut modules = Vec::new();
    let mut installed = Vec::new();
    let mut templates = Vec::new();
    let mut versions = Versions::default();
    let mut models: Vec<(&str, &str)> = vansire_rules::models().to_vec();
    let guess = guess_of(page);
    let mut guessed: Vec<Report> = Vec::new();
    for file in &case.files {
        for mark in &file.marks {
            for rule in mark.rules.iter().filter(|rule| vansire_rules::rule(rule).is_none()) {
                fail(file.line + mark.line - 1, format!("`{rule}` is no rule"));
            }
        }
        let ending = Path::new(&file.path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match (file.path.as_str(), ending) {
            (_, "py" | "pyi") => {
                let (source, problems) = SourceFile::from_bytes(file.path.clone(), file.text.as_bytes());
                let lowered = vansire_python::lower(&source);
                for problem in problems {
                    fail(file.line, problem.message);
                }
                for error in lowered.errors {
                    fail(file.line + error.line as usize - 1, format!("no valid Python: {}", error.message));
                }
                // A rule that only guesses is asked on its own page.
                if let Some(name) = guess {
                    let options = vansire_rules::bandit::Options::default();
                    let hits = vansire_rules::bandit::check(&source, &lowered.module, &options);
                    let own = hits.iter().filter(|hit| hit.finding.rule.name == name);
                    guessed.extend(own.map(|hit| report(&hit.finding)));
                }
                match file.path.strip_prefix(INSTALLED).and_then(|path| path.strip_suffix(".py")) {
                    Some(module) => {
                        let package = module.strip_suffix("/__init__");
                        let name = Symbol::new(&package.unwrap_or(module).replace('/', "."));
                        let (ir, is_package) = (lowered.module, package.is_some());
                        installed.push(InstalledModule { source, ir, name, is_package });
                    }
                    None => modules.push((source, lowered.module)),
                }
            }
            ("pyproject.toml" | "requirements.txt", _) => read_versions(&file.text, &mut versions),
            (path, "toml") => models.push((path, &file.text)),
            (path, _) => templates.push(TemplateFile { path: path.to_owned(), text: file.text.clone() }),
        }
    }
    let program = Program::link_installed(modules, installed);
    let has =
        |name: &str| case.threats.as_ref().is_some_and(|threats| threats.iter().any(|threat| threat == name));
    let threats = match &case.threats {
        None => Threats::default(),
        Some(_) => Threats {
            remote: has("remote"),
            local: has("local"),
            database: has("database"),
            library: has("library"),
        },
    };
    let options = Options { threats, threads: 1, ..Options::default() };
    let mut imports: Vec<Symbol> = program
        .files()
        .flat_map(|(_, file)| file.ir.imports.iter().copied().chain([file.module_name]))
        .collect();
    imports.sort_unstable_by_key(|name| name.as_str());
    imports.dedup();
    let (models, errors) = ModelSet::build(&models, &imports, &versions, threats);
    for error in errors {
        fail(case.line, error.to_string());
    }
    // Rules that only guess are asked where a mark names them.
    let marked = |name: &str| {
        let mut marks = case.files.iter().flat_map(|file| &file.marks);
        marks.any(|mark| mark.rules.iter().any(|rule| rule == name))
    };
    let rules = vansire_rules::rules().iter().copied();
    let rules: Vec<_> =
        rules.filter(|one| !vansire_rules::is_guess(one.metadata) || marked(one.metadata.name)).collect();
    let analysis = vansire_flow::analyze(&program, &templates, &models, &rules, &options);
    guessed.extend(analysis.findings.iter().map(report));
    failures.extend(vansire_mdtest::compare(page, case, &guessed));
    failures
}

/// The rule whose page this is, if it is one that only guesses.
fn guess_of(page: &Page) -> Option<&'static str> {
    let metadata = vansire_rules::rules().iter().map(|rule| rule.metadata);
    metadata
        .filter(|rule| vansire_rules::is_guess(rule))
        .map(|rule| rule.name)
        .find(|name| page.path.ends_with(&format!("/{name}.md")))
}

fn report(finding: &Finding) -> Report {
    Report {
        rule: finding.rule.name.to_owned(),
        path: finding.location.path.clone(),
        start_line: finding.location.start.line as usize,
        end_line: finding.location.end.line as usize,
        message: finding.message.clone(),
        confidence: finding.confidence.as_str().to_owned(),
        trace: finding
            .trace
            .iter()
            .map(|step| (step.location.path.clone(), step.location.start.line as usize))
            .collect(),
    }
}

/// The little of manifests that pages use: `requires-python = ">=3.8"` and `name==1.2` or
/// `name>=1.2`, a requirement on each line. Manifests as people write them are read, and tested, in
/// `vansire_project`.
fn read_versions(text: &str, versions: &mut Versions) {
    let numbers = |text: &str| -> Vec<u32> {
        let digits = text.split(|character: char| !character.is_ascii_digit() && character != '.').next();
        digits.unwrap_or_default().split('.').filter_map(|part| part.parse().ok()).collect()
    };
    for line in text.lines() {
        let line = line.trim().trim_matches(['"', ',', '\'']);
        if let Some((_, bound)) = line.split_once("requires-python") {
            let bound = bound.trim_start_matches(|character: char| !character.is_ascii_digit());
            if let [major, minor, ..] = numbers(bound)[..] {
                versions.python = Some((major, minor));
            }
        } else if let Some((name, version)) = line.split_once("==").or_else(|| line.split_once(">=")) {
            let name = name.trim().to_lowercase().replace(['_', '.'], "-");
            versions.packages.insert(name, numbers(version.trim()));
        }
    }
}

/// Sections whose marks the engine doesn't meet yet, one `path: heading` a line. They run all the same: one that
/// is met must leave the list, and one that isn't on it must be met.
const GAPS_HEADER: &str = "# Sections of pages that the engine doesn't meet yet: known gaps, to be closed.\n\
# Written by `MDTEST_GAPS=1 cargo test -p vansire_rules --test pages`; only ever to get shorter.\n";

static GAPS: Mutex<()> = Mutex::new(());

fn gaps_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/known-gaps.txt")
}

fn known_gaps() -> BTreeSet<String> {
    let text = std::fs::read_to_string(gaps_path()).unwrap_or_default();
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect()
}

/// Runs the pages on as many threads as there are processors. Panics with the list of what isn't as it should be.
fn run(pages: &BTreeMap<String, String>) {
    let filter = std::env::var("MDTEST").unwrap_or_default();
    let pages: Vec<(&String, &String)> = pages.iter().filter(|(path, _)| path.contains(&filter)).collect();
    let gaps = known_gaps();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let failing = Mutex::new(BTreeSet::new());
    let cases = AtomicUsize::new(0);
    let work = || {
        while let Some((path, text)) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = match vansire_mdtest::parse(path, text) {
                Ok(page) => {
                    cases.fetch_add(page.cases.len(), Ordering::Relaxed);
                    let mut found = Vec::new();
                    for case in &page.cases {
                        let own = run_case(&page, case);
                        if !own.is_empty() {
                            let name = format!("{path}: {}", case.title);
                            let known = gaps.contains(&name);
                            failing.lock().expect("no thread panicked").insert(name);
                            if known {
                                continue;
                            }
                        }
                        found.extend(own);
                    }
                    found
                }
                Err(mistakes) => mistakes,
            };
            failures.lock().expect("no thread panicked").extend(found);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            std::thread::Builder::new()
                .stack_size(vansire_python::STACK_SIZE)
                .spawn_scoped(scope, work)
                .expect("a thread");
        }
    });
    let mut failures: Vec<Failure> = failures.into_inner().expect("no thread panicked");
    let failing = failing.into_inner().expect("no thread panicked");
    if std::env::var_os("MDTEST_GAPS").is_some() {
        let _guard = GAPS.lock().expect("no thread panicked");
        let mut all = known_gaps();
        all.retain(|gap| !pages.iter().any(|(path, _)| gap.starts_with(&format!("{path}: "))));
        all.extend(failing);
        let lines: Vec<&str> = all.iter().map(String::as_str).collect();
        let text = format!("{GAPS_HEADER}{}\n", lines.join("\n"));
        std::fs::write(gaps_path(), text).expect("the list can be written");
        return;
    }
    // A gap that was closed leaves the list, so that it can't open again unseen.
    if filter.is_empty() {
        for gap in &gaps {
            let ours = pages.iter().any(|(path, _)| gap.starts_with(&format!("{path}: ")));
            if ours && !failing.contains(gap) {
                failures.push(Failure {
                    path: "crates/vansire_rules/resources/known-gaps.txt".to_owned(),
                    line: 1,
                    message: format!("`{gap}` holds now: take it off the list"),
                });
            }
        }
    }
    failures.sort();
    let list: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(
        failures.is_empty(),
        "{} failures in {} cases of {} pages:\n{}",
        failures.len(),
        cases.into_inner(),
        pages.len(),
        list.join("\n")
    );
}

#[test]
fn rule_pages() {
    let pages = vansire_rules::rules().iter().map(|rule| {
        let metadata = rule.metadata;
        let path = format!("crates/vansire_rules/src/rules/{}/{}.md", metadata.area, metadata.name);
        (path, metadata.page.to_owned())
    });
    run(&pages.collect());
}

#[test]
fn model_pages() {
    let pages = vansire_rules::model_pages()
        .iter()
        .map(|(name, text)| (format!("crates/vansire_rules/models/{name}"), (*text).to_owned()));
    run(&pages.collect());
}

#[test]
fn flow_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/mdtest");
    let mut pages = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path
                    .strip_prefix(&root)
                    .expect("a path below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                let text = std::fs::read_to_string(&path).expect("a page");
                pages.insert(format!("crates/vansire_rules/resources/mdtest/{name}"), text);
            }
        }
    }
    run(&pages);
}

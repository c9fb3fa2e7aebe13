//! Runs the cases of the pages: each section's files are analysed as a project of their own, and
//! what is found is compared with the marks.
//!
//! `MDTEST=text` runs only the pages whose path has the text in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use vansire_flow::model::ModelSet;
use vansire_flow::{Options, TemplateFile, Threats, Versions};
use vansire_mdtest::{Case, Failure, Page, Report};
use vansire_python::{Program, SourceFile, Symbol};

fn run_case(page: &Page, case: &Case) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut fail = |line: usize, message: String| {
        failures.push(Failure { path: page.path.clone(), line, message });
    };
    let mut modules = Vec::new();
    let mut templates = Vec::new();
    let mut versions = Versions::default();
    let mut models: Vec<(&str, &str)> = vansire_rules::models().to_vec();
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
                modules.push((source, lowered.module));
            }
            ("pyproject.toml" | "requirements.txt", _) => read_versions(&file.text, &mut versions),
            (path, "toml") => models.push((path, &file.text)),
            (path, _) => templates.push(TemplateFile { path: path.to_owned(), text: file.text.clone() }),
        }
    }
    let program = Program::link(modules);
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
    let analysis =
        vansire_flow::analyze(&program, &templates, &models, &versions, vansire_rules::rules(), &options);
    let reports: Vec<Report> = analysis
        .findings
        .iter()
        .map(|finding| Report {
            rule: finding.rule.name.to_owned(),
            path: finding.location.path.clone(),
            start_line: finding.location.start.line as usize,
            end_line: finding.location.end.line as usize,
            message: finding.message.clone(),
            trace: finding
                .trace
                .iter()
                .map(|step| (step.location.path.clone(), step.location.start.line as usize))
                .collect(),
        })
        .collect();
    failures.extend(vansire_mdtest::compare(page, case, &reports));
    failures
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

/// Runs the pages on as many threads as there are processors. Panics with the list of what isn't as it should be.
fn run(pages: &BTreeMap<String, String>) {
    let filter = std::env::var("MDTEST").unwrap_or_default();
    let pages: Vec<(&String, &String)> = pages.iter().filter(|(path, _)| path.contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let cases = AtomicUsize::new(0);
    let work = || {
        while let Some((path, text)) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = match vansire_mdtest::parse(path, text) {
                Ok(page) => {
                    cases.fetch_add(page.cases.len(), Ordering::Relaxed);
                    page.cases.iter().flat_map(|case| run_case(&page, case)).collect()
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
    let mut failures = failures.into_inner().expect("no thread panicked");
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

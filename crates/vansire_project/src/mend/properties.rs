//! What must hold of every fix, on the examples of all rules and many variations of them: the file is Python still, what was
//! mended isn't reported any more, nothing else is, what lies outside the edits stays, comments stay, and a second run has
//! nothing to do.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rayon::prelude::*;
use vansire_finding::Finding;
use vansire_report::{Report, Tool};

use super::Mended;
use crate::{Layer, Preset, Settings, comments};

mod seeds;
mod variations;

use seeds::SEEDS;
use variations::{Random, VARIATIONS, vary};

/// How many variations of several kinds at once each example gets.
const COMBINATIONS: usize = 2;

/// After so many rounds nothing may be left to be mended.
const ROUNDS: usize = 6;

fn settings(folder: &Path, preset: Preset) -> Settings {
    let layer = Layer {
        extend_select: Some(vec!["assert-used".to_owned()]),
        // A program that is run without a shell is a guess of its own.
        ignore: Some(["B404", "B603", "B607"].map(str::to_owned).to_vec()),
        preset: Some(preset),
        fix: Some(true),
        threads: Some(1),
        cache: Some(crate::cache::Place::None),
        ..Layer::default()
    };
    Settings::new(folder, Vec::new(), &layer, true).unwrap()
}

fn report(settings: &Settings) -> Report {
    crate::run(settings, Tool { name: "vansire", version: "0" }, &()).unwrap().report
}

fn by_rule<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.code.unwrap_or(finding.rule.name)).or_default() += 1;
    }
    counts
}

/// Whether every item occurs among the others, in this order.
fn is_kept<'t>(
    items: impl Iterator<Item = &'t str>,
    mut among: impl Iterator<Item = &'t str>,
) -> Option<&'t str> {
    let mut items = items;
    items.find(|item| !among.by_ref().any(|other| other == *item))
}

/// Mends a program until nothing is left, and tells what it comes to, with how many findings were mended.
fn mended(text: &str, preset: Preset, with_unsafe: bool) -> Result<(String, Vec<&'static str>), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.py");
    std::fs::write(&file, text).unwrap();
    let settings = settings(folder.path(), preset);
    let mut before = report(&settings);
    let mut rules = Vec::new();
    let mut current = text.to_owned();
    for _ in 0..ROUNDS {
        let done = Mended::new(before.active(), folder.path(), with_unsafe).map_err(|error| error.message)?;
        if let Some(problem) = done.problems.first() {
            return Err(problem.message.clone());
        }
        if done.findings == 0 {
            return Ok((current, rules));
        }
        let fixed: Vec<&Finding> = before
            .active()
            .filter(|one| one.fix.as_ref().is_some_and(|fix| fix.safe || with_unsafe))
            .collect();
        rules.extend(fixed.iter().map(|finding| finding.rule.name));
        let touched: Vec<(u32, u32)> = fixed
            .iter()
            .flat_map(|one| one.fix.iter().flat_map(|fix| &fix.edits))
            .map(|edit| (edit.location.start.line, edit.location.end.line))
            .collect();
        done.write().map_err(|error| error.message)?;
        let next = std::fs::read_to_string(&file).unwrap();
        let is_touched = |line: u32| touched.iter().any(|&(first, last)| (first..=last).contains(&line));
        let lines = current.split('\n').enumerate().filter(|(index, _)| !is_touched(*index as u32 + 1));
        if let Some(line) = is_kept(lines.map(|(_, line)| line), next.split('\n')) {
            return Err(format!("the line `{line}` is gone from\n{next}"));
        }
        let old = comments::scan(&current);
        let new = comments::scan(&next);
        let texts = old.comments.iter().map(|(_, text)| *text);
        if let Some(comment) = is_kept(texts, new.comments.iter().map(|(_, text)| *text)) {
            return Err(format!("the comment `{comment}` is gone from\n{next}"));
        }
        if current.contains("\r\n") && next.replace("\r\n", "").contains('\n') {
            return Err(format!("line ends are mixed in\n{next:?}"));
        }
        let after = report(&settings);
        let (old, new) = (by_rule(before.active()), by_rule(after.active()));
        let more = new.iter().find(|(rule, count)| old.get(*rule).is_none_or(|old| old < count));
        if let Some((rule, _)) = more {
            return Err(format!("`{rule}` is reported of\n{next}"));
        }
        if new.values().sum::<usize>() + done.findings > old.values().sum() {
            return Err(format!("it is still reported, {old:?} and {new:?}, of\n{next}"));
        }
        (before, current) = (after, next);
    }
    Err(format!("there is no end to it:\n{current}"))
}

/// The marked examples of the rules' pages that consist of one file.
fn examples() -> Vec<String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vansire_rules/src/rules");
    let mut pages = Vec::new();
    for area in std::fs::read_dir(rules).unwrap() {
        let area = area.unwrap().path();
        let Ok(files) = std::fs::read_dir(&area) else { continue };
        pages.extend(
            files
                .map(|file| file.unwrap().path())
                .filter(|path| path.extension().is_some_and(|it| it == "md")),
        );
    }
    pages.sort();
    let mut examples = Vec::new();
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        let page = vansire_mdtest::parse(&path.to_string_lossy(), &text).unwrap();
        for case in page.cases {
            if let [file] = case.files.as_slice()
                && Path::new(&file.path).extension().is_some_and(|ending| ending == "py")
                && file.marks.iter().any(|mark| mark.kind == vansire_mdtest::MarkKind::Error)
            {
                // The marks are comments: they have to stay, too.
                examples.push(file.text.clone());
            }
        }
    }
    examples
}

/// A program that is tried, by which fixes, and what it is called.
struct Trial {
    name: String,
    text: String,
    with_unsafe: bool,
}

/// The programs that are tried: each example as it is, varied in each way, and in several ways at once.
fn programs(examples: &[String]) -> Vec<Trial> {
    let mut programs = Vec::new();
    for (index, example) in examples.iter().enumerate() {
        let mut random = Random(index as u64 + 1);
        let mut add =
            |name: String, text: String, with_unsafe| programs.push(Trial { name, text, with_unsafe });
        add(format!("{index} as it is"), example.clone(), false);
        add(format!("{index} as it is, unsafe"), example.clone(), true);
        for kind in 0..VARIATIONS {
            if let Some(text) = vary(example, kind) {
                add(format!("{index} varied {kind}"), text, true);
            }
        }
        for _ in 0..COMBINATIONS {
            let kinds: Vec<usize> = (0..2 + random.below(2)).map(|_| random.below(VARIATIONS)).collect();
            let text = kinds.iter().fold(example.clone(), |text, &kind| vary(&text, kind).unwrap_or(text));
            add(format!("{index} varied {kinds:?}"), text, random.below(2) == 0);
        }
    }
    programs
}

/// Python's own judgement of many programs: which of them it can compile.
fn compiled(texts: &[&str]) -> Option<Vec<bool>> {
    let folder = tempfile::tempdir().unwrap();
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index}.py")), text).unwrap();
    }
    let script = "import sys, warnings\nwarnings.simplefilter('ignore')\nfor n in range(int(sys.argv[1])):\n    try:\n        \
                  compile(open(f'{n}.py', 'rb').read(), 'a', 'exec')\n        print(1)\n    except (SyntaxError, ValueError):\n        print(0)\n";
    let output = Command::new("python3")
        .current_dir(folder.path())
        .args(["-c", script, &texts.len().to_string()])
        .output()
        .ok()?;
    let lines = String::from_utf8(output.stdout).ok()?;
    let results: Vec<bool> = lines.lines().map(|line| line == "1").collect();
    (results.len() == texts.len()).then_some(results)
}

/// Tries the examples in which something is mended at all.
fn try_all(examples: &[String], preset: Preset) -> (BTreeMap<&'static str, usize>, Vec<String>) {
    let pool = vansire_python::thread_pool_builder().build().unwrap();
    let is_mended = |text: &&String| mended(text, preset, true).map_or(true, |(_, rules)| !rules.is_empty());
    let examples: Vec<String> = pool.install(|| examples.par_iter().filter(is_mended).cloned().collect());
    let programs = programs(&examples);
    let tried: Vec<_> = pool.install(|| {
        let try_one = |one: &Trial| mended(&one.text, preset, one.with_unsafe);
        programs.par_iter().map(|one| (one.name.as_str(), one.text.as_str(), try_one(one))).collect()
    });
    let mut failures = Vec::new();
    let mut counts = BTreeMap::new();
    let mut pairs = Vec::new();
    for (name, before, result) in &tried {
        match result {
            Ok((after, rules)) => {
                for rule in rules {
                    *counts.entry(*rule).or_default() += 1;
                }
                if !rules.is_empty() {
                    pairs.push((*before, after.as_str(), *name));
                }
            }
            Err(message) => failures.push(format!("{name}:\n{before}\n=> {message}")),
        }
    }
    let texts: Vec<&str> = pairs.iter().flat_map(|(before, after, _)| [*before, *after]).collect();
    if let Some(compiled) = compiled(&texts) {
        for (results, (before, after, name)) in compiled.chunks(2).zip(&pairs) {
            if results == [true, false] {
                failures.push(format!("{name}: Python can't compile it any more:\n{before}\n=>\n{after}"));
            }
        }
    }
    (counts, failures)
}

#[test]
fn fixes_hold_whatever_the_code_looks_like() {
    let mut all = examples();
    all.extend(SEEDS.iter().map(|&seed| seed.to_owned()));
    let (counts, failures) = try_all(&all, Preset::Default);
    let shown: Vec<&str> = failures.iter().map(String::as_str).take(12).collect();
    assert!(failures.is_empty(), "{} failures, {counts:?}\n{}", failures.len(), shown.join("\n-----\n"));
    // Each of them has to have been tried, or nothing was shown.
    for rule in seeds::RULES {
        assert!(counts.get(rule).is_some_and(|count| *count >= 10), "{rule} was hardly mended: {counts:?}");
    }
}

#[test]
fn fixes_of_guesses_hold_as_well() {
    let seeds: Vec<String> = seeds::GUESSES.iter().map(|&seed| seed.to_owned()).collect();
    let (counts, failures) = try_all(&seeds, Preset::Audit);
    assert!(failures.is_empty(), "{} failures, {counts:?}\n{}", failures.len(), failures.join("\n-----\n"));
    assert!(
        ["archive-extraction-without-filter", "command-injection", "assert-used", "xml-external-entity"]
            .iter()
            .all(|rule| counts.contains_key(rule)),
        "{counts:?}"
    );
}

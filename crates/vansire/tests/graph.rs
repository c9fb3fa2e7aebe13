//! `vansire graph` on the projects of a page, each with what it must give.
#![allow(clippy::unwrap_used)] // a test may fail as loudly as it likes

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// A section of the page.
#[derive(Default)]
struct Case {
    title: String,
    files: Vec<(String, String)>,
    expected: Graph,
    is_gap: bool,
}

fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title: title.to_owned(), ..Case::default() });
        } else if let Some(information) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let case = cases.last_mut().unwrap();
            if information.starts_with("graph") {
                case.is_gap = information == "graph-gap";
                case.expected = block.iter().map(|line| edges(line)).collect();
            } else {
                let path = information.split(' ').nth(1).unwrap_or("main.py");
                case.files.push((path.to_owned(), block.join("\n") + "\n"));
            }
        }
    }
    cases
}

fn edges(line: &str) -> (String, BTreeSet<String>) {
    let (caller, callees) = line.split_once(':').unwrap();
    let callees = callees.split(',').map(str::trim).filter(|callee| !callee.is_empty());
    (caller.to_owned(), callees.map(str::to_owned).collect())
}

fn graph_of(files: &[(String, String)]) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_vansire")).current_dir(folder.path()).arg("graph").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn graphs_are_as_the_page_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources/graph.md");
    let mut wrong = Vec::new();
    for case in cases(&std::fs::read_to_string(page).unwrap()) {
        // Who calls nothing may be left out of the page.
        let mut graph = graph_of(&case.files);
        graph.retain(|_, callees| !callees.is_empty());
        let mut expected = case.expected;
        expected.retain(|_, callees| !callees.is_empty());
        match (graph == expected, case.is_gap) {
            (true, false) | (false, true) => {}
            (true, true) => wrong.push(format!("{}: is met, take it for no gap", case.title)),
            (false, false) => {
                wrong.push(format!("{}:\n  expected {expected:?}\n  got      {graph:?}", case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

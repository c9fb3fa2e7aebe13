//! Presets, comments that accept, baselines of others, changes since a revision, configurations to start with.

use std::process::Command;

use serde_json::Value;

use super::{APP, Project, rules};

const SCRIPT: &str =
    "import subprocess\n\n\ndef run(name):\n    assert name\n    subprocess.call(name, shell=True)\n";

fn codes(report: &Value) -> Vec<(&str, u64)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let mut codes: Vec<_> = findings
        .map(|one| (one["code"].as_str().unwrap_or_default(), one["start"]["line"].as_u64().unwrap()))
        .collect();
    codes.sort_unstable_by_key(|&(code, line)| (line, code));
    codes
}

#[test]
fn the_preset_of_bandit_reports_its_tests_and_nothing_else() {
    let project = Project::new(&[("run.py", SCRIPT), ("app.py", APP)]);
    let report = project.report(&["--preset", "bandit", "run.py"]);
    assert_eq!(codes(&report), [("B404", 1), ("B101", 5), ("B602", 6)]);
    let first = &report["findings"][2];
    assert_eq!(
        (first["rule"].as_str(), first["severity"].as_str()),
        (Some("command-injection"), Some("high"))
    );
    assert_eq!(codes(&project.report(&["--preset", "bandit", "--select", "B101,B602", "run.py"])).len(), 2);
    assert_eq!(codes(&project.report(&["--preset", "bandit", "--ignore", "assert_used", "run.py"])).len(), 2);
    assert_eq!(codes(&project.report(&["--preset", "bandit", "--select", "B6*", "run.py"])), [("B602", 6)]);
    // What the analysis knows isn't among it, but among what an audit shows.
    assert!(!codes(&project.report(&["--preset", "bandit"])).contains(&("", 10)));
    let audit = project.report(&["--preset", "audit"]);
    assert!(rules(&audit).contains(&"sql-injection") && codes(&audit).contains(&("B101", 5)));
}

#[test]
fn guesses_are_there_for_whoever_names_them() {
    let project = Project::new(&[("run.py", SCRIPT)]);
    assert_eq!(codes(&project.report(&[])), []);
    assert_eq!(codes(&project.report(&["--extend-select", "assert-used"])), [("B101", 5)]);
    assert_eq!(codes(&project.report(&["--extend-select", "B101"])), [("B101", 5)]);
}

#[test]
fn guesses_of_the_analysis_and_names_of_other_linters() {
    let text = "import sys\n\n\ndef watch(hook):\n    sys.settrace(hook)\n";
    let project = Project::new(&[("a.py", text)]);
    assert!(rules(&project.report(&[])).is_empty());
    assert!(rules(&project.report(&["--select", "injection"])).is_empty());
    for arguments in [["--select", "DUO111"], ["--extend-select", "interpreter-*"], ["--preset", "audit"]] {
        assert_eq!(rules(&project.report(&arguments)), ["interpreter-hook-set"], "{arguments:?}");
    }
    for comment in ["# noqa: DUO111", "# pylint: disable=interpreter-hook-set", "# nosec"] {
        project.write("a.py", text.replace("(hook)\n", &format!("(hook)  {comment}\n")).as_bytes());
        let report = project.report(&["--preset", "audit"]);
        assert!(rules(&report).is_empty(), "{comment}: {report}");
    }
}

#[test]
fn a_file_that_is_no_python_costs_itself() {
    let project = Project::new(&[("run.py", SCRIPT), ("broken.py", "import pickle\ndef (:\n")]);
    let report = project.report(&["--preset", "bandit"]);
    assert_eq!(codes(&report).len(), 3);
    assert_eq!(report["errors"][0]["path"], "broken.py");
}

#[test]
fn nosec_counts_as_it_does_for_bandit() {
    let text = "import pickle  # nosec\nimport subprocess  # nosec B404\nimport dill  # nosec B404\n";
    let project = Project::new(&[("a.py", text)]);
    let report = project.report(&["--preset", "bandit"]);
    assert_eq!(codes(&report), [("B403", 3)]);
    assert_eq!(report["suppressed"].as_array().unwrap().len(), 2);
    assert_eq!(report["suppressed"][0]["suppression"]["kind"], "inline");
    let warning = &report["errors"][0];
    assert_eq!((warning["line"].as_u64(), report["errors"].as_array().unwrap().len()), (Some(1), 1));
    assert!(warning["message"].as_str().unwrap().contains("names no test"));
}

#[test]
fn comments_for_a_file_from_above_and_unused_ones() {
    let lines: Vec<&str> = APP.lines().collect();
    let above =
        [&lines[..9], &["    # vansire: ignore[sql-injection] -- checked"], &lines[9..]].concat().join("\n");
    let whole = format!("# vansire: ignore-file[sql-injection]\n{APP}");
    let project = Project::new(&[
        ("a.py", &above),
        ("b.py", &whole),
        ("c.py", "x = 1  # vansire: ignore[sql-injection]\n"),
        ("d.py", "x = 1  # vansire: ignore[weak-hash]\n"),
    ]);
    let report = project.report(&["--select", "sql-injection"]);
    assert_eq!(rules(&report).len(), 0, "{report}");
    assert_eq!(report["suppressed"][0]["suppression"]["reason"], "checked");
    let unused = project.report(&["--select", "sql-injection", "--report-unused-suppressions"]);
    assert_eq!(unused["errors"].as_array().unwrap().len(), 1);
    assert_eq!(unused["errors"][0]["path"], "c.py", "of what isn't looked for nobody knows");
    project.write("vansire.toml", b"require-reason = true\n");
    let report = project.report(&["--select", "sql-injection"]);
    assert_eq!(report["findings"][0]["path"], "b.py");
    assert!(report["errors"][0]["message"].as_str().unwrap().contains("require-reason"));
}

#[test]
fn rules_by_file() {
    let configuration = "preset = \"bandit\"\n[per-file-ignores]\n\"tests/**\" = [\"B101\"]\n";
    let project = Project::new(&[
        ("vansire.toml", configuration),
        ("tests/a.py", "assert 1\nimport pickle\n"),
        ("src/a.py", "assert 1\n"),
    ]);
    assert_eq!(codes(&project.report(&[])), [("B101", 1), ("B403", 2)]);
}

#[test]
fn a_baseline_survives_a_new_name_and_tells_what_is_gone() {
    let project = Project::new(&[("app.py", APP)]);
    let select = ["check", "--select", "sql-injection"];
    let run = project.run(&[&select[..], &["--write-baseline", "b.json"]].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    std::fs::rename(project.path("app.py"), project.path("main.py")).unwrap();
    let check = [&select[..], &["--baseline", "b.json"]].concat();
    assert_eq!(project.run(&check).status, Some(0));
    project.write("main.py", b"x = 1\n");
    let run = project.run(&check);
    assert!(run.stdout.contains("1 finding of the baseline is gone"), "{}", run.stdout);
    // A date in the past: it counts again.
    project.write("main.py", APP.as_bytes());
    let text = std::fs::read_to_string(project.path("b.json")).unwrap();
    let text = text.replace("\"content\"", "\"until\": \"2020-01-31\",\n      \"content\"");
    project.write("b.json", text.as_bytes());
    assert_eq!(project.run(&check).status, Some(1));
}

#[test]
fn only_what_has_changed() {
    let other = APP.replace("/user", "/other").replace("def user", "def other");
    let project = Project::new(&[("app.py", APP), ("other.py", &other)]);
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .current_dir(project.path(""))
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    let check = ["--select", "sql-injection", "--diff", "HEAD"];
    assert_eq!(rules(&project.report(&check)).len(), 0);
    project.write("app.py", format!("import os\n{APP}").as_bytes());
    assert_eq!(rules(&project.report(&check)).len(), 0, "the finding has only moved");
    // The line that the data comes from, not the one that it reaches.
    project.write(
        "app.py",
        APP.replace("request.args[\"name\"]", "(\n        request.args[\"name\"])").as_bytes(),
    );
    assert_eq!(rules(&project.report(&check)), ["sql-injection"]);
    project.write("new.py", other.replace("other", "new").as_bytes());
    assert_eq!(rules(&project.report(&check)).len(), 2, "a file that git doesn't know yet is new");
    let run = project.run(&["check", "--diff", "no-such-branch"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("no revision `no-such-branch`"), "{}", run.stderr);
}

#[test]
fn a_configuration_to_start_with() {
    let project = Project::new(&[("run.py", SCRIPT), ("tests/a.py", "assert 1\n")]);
    assert_eq!(project.run(&["init"]).status, Some(0));
    assert_eq!(project.run(&["init"]).status, Some(2), "it is there already");
    assert_eq!(codes(&project.report(&[])), []);
    project.write("pyproject.toml", b"[tool.bandit]\nskips = ['B404']\nexclude_dirs = ['tests']\n");
    let run = project.run(&["init", "--force", "--from-bandit"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), "wrote `vansire.toml`\n"));
    assert_eq!(codes(&project.report(&[])), [("B101", 5), ("B602", 6)]);
}

#[test]
fn fixes() {
    let text = "import random\nimport subprocess\n\n\ndef f(x):\n    assert x\n    subprocess.run(\"ls -l\", shell=True)\n    \
                return random.choice(x)\n";
    let project = Project::new(&[("a.py", text)]);
    let check = ["check", "--preset", "bandit", "--ignore", "B404,B603,B607"];
    let run = |more: &[&str]| project.run(&[&check[..], more].concat());
    let preview = run(&["--fix", "--diff"]);
    assert_eq!(preview.status, Some(1), "{}", preview.stderr);
    assert!(
        preview
            .stdout
            .starts_with("--- a/a.py\n+++ b/a.py\n@@ -1,8 +1,10 @@\n import random\n+import secrets\n"),
        "{}",
        preview.stdout
    );
    assert_eq!(std::fs::read_to_string(project.path("a.py")).unwrap(), text, "a preview writes nothing");
    let fixed = run(&["--fix"]);
    assert_eq!((fixed.status, fixed.stderr.as_str()), (Some(0), "mended 3 findings in 1 file\n"));
    assert_eq!(
        std::fs::read_to_string(project.path("a.py")).unwrap(),
        "import random\nimport secrets\nimport subprocess\n\n\ndef f(x):\n    if not x:\n        raise AssertionError\n    \
         subprocess.run([\"ls\", \"-l\"])\n    return secrets.choice(x)\n"
    );
    project.write("b.py", b"import hashlib\nhashlib.md5(x)\n");
    assert!(run(&["--fix"]).stderr.contains("`--unsafe-fixes` mends 1 more"));
    assert_eq!(run(&["--unsafe-fixes"]).status, Some(0));
    assert_eq!(run(&["--diff"]).status, Some(2), "a revision is missing");
}

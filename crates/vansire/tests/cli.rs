//! The command line, end to end: what is printed, written and returned.
#![allow(clippy::unwrap_used)] // a test may fail as loudly as it likes

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

#[path = "cli/follow.rs"]
mod follow;
#[path = "cli/mending.rs"]
mod mending;
#[path = "cli/presets.rs"]
mod presets;

/// A folder with files, in which the program is run.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            project.write(path, text.as_bytes());
        }
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_in("", arguments)
    }

    fn command_in(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vansire"));
        command
            .current_dir(self.path(folder))
            .args(arguments)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        Run::of(self.command_in(folder, arguments).output().unwrap())
    }

    /// The JSON report of `check` with these arguments.
    fn report(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = ["check", "--format", "json"].iter().chain(arguments).copied().collect();
        let run = self.run(&arguments);
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("no JSON: {}", run.stderr))
    }
}

struct Run {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn problems(report: &Value) -> Vec<(&str, &str)> {
    let text =
        |value: &'_ Value| -> &'static str { Box::leak(value.as_str().unwrap().to_owned().into_boxed_str()) };
    report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(&error["path"]), text(&error["message"])))
        .collect()
}

#[test]
fn nothing_to_report() {
    let project = Project::new(&[("a.py", "print(1)\n"), ("pkg/b.py", "x = 1\n")]);
    let run = project.run(&["check"]);
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "no findings in 2 files\n", "")
    );
    assert_eq!(project.run(&["check", "a.py", "-q"]).stdout, "");
}

#[test]
fn an_empty_folder() {
    let project = Project::new(&[]);
    let run = project.run(&["check"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "no findings in 0 files\n"));
    assert_eq!(
        run.stderr,
        "warning: no Python files were found\nhint: files that are named are always taken\n"
    );
}

#[test]
fn a_missing_path() {
    let project = Project::new(&[("views.py", "")]);
    let run = project.run(&["check", "veiws.py"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr, "error: `veiws.py` does not exist\nhint: did you mean `views.py`?\n");
}

#[test]
fn wrong_arguments() {
    let project = Project::new(&[]);
    for arguments in [&["check", "--nothing"][..], &["chek"], &["check", "--min-severity", "dreadful"], &[]] {
        let run = project.run(arguments);
        assert_eq!(run.status, Some(2), "{arguments:?}");
        assert_eq!(run.stdout, "");
    }
    let run = project.run(&["check", "--select", "slq-injection"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.stderr, "error: no rule is called `slq-injection`\nhint: did you mean `sql-injection`?\n");
    let run = project.run(&["check", "--exclude", "a["]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: `a[` is not a valid pattern"), "{}", run.stderr);
}

#[test]
fn mistakes_in_the_configuration() {
    let project = Project::new(&[("a.py", ""), ("vansire.toml", "quiet = true\nselct = []\n")]);
    let run = project.run(&["check"]);
    assert_eq!(run.status, Some(2));
    assert_eq!(run.stderr, "error: unknown key `selct` in vansire.toml:2\nhint: did you mean `select`?\n");
    for option in ["--no-config", "--isolated"] {
        assert_eq!(project.run(&["check", option]).status, Some(0), "{option}");
    }
    project.write("pyproject.toml", b"[tool.vansire]\nquiet = 3\n");
    std::fs::remove_file(project.path("vansire.toml")).unwrap();
    let run = project.run(&["check"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("in pyproject.toml:2"), "{}", run.stderr);
    let run = project.run(&["check", "--config", "missing.toml"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("no such file"), "{}", run.stderr);
}

#[test]
fn the_configuration_of_the_nearest_folder() {
    let project = Project::new(&[
        ("pyproject.toml", "[tool.vansire]\nformat = 'json'\n"),
        ("pkg/mod.py", ""),
        ("old/mod.py", ""),
        ("old/vansire.toml", "extend-exclude = ['mod.py']\nquiet = true\n"),
    ]);
    assert!(project.run(&["check", "pkg"]).stdout.starts_with('{'));
    assert!(project.run_in("pkg", &["check"]).stdout.starts_with('{'));
    assert_eq!(project.run(&["check", "old"]).stdout, "");
    // What is typed stands over what is written.
    assert_eq!(project.run(&["check", "pkg", "--format", "text"]).stdout, "no findings in 1 file\n");
}

#[test]
fn files_that_cannot_be_analysed_cost_only_themselves() {
    let project = Project::new(&[("good.py", "x = 1\n"), ("broken.py", "def f(:\n    pass\n")]);
    project.write("junk.py", &(0..=255u8).cycle().take(5000).collect::<Vec<_>>());
    project.write("bom.py", b"\xEF\xBB\xBFx = 1\r\ny = 2\r\n");
    project.write("latin.py", b"# -*- coding: latin-1 -*-\nx = '\xE9'\n");
    project.write("nested.py", format!("x = {}\n", "(".repeat(100_000)).as_bytes());
    project.write("notebook.ipynb", b"{");
    let report = project.report(&[]);
    assert_eq!(report["statistics"]["files"], 7);
    let found: Vec<&str> = problems(&report).iter().map(|(path, _)| *path).collect();
    for path in ["broken.py", "junk.py", "nested.py", "notebook.ipynb"] {
        assert!(found.contains(&path), "{path}: {found:?}");
    }
    for path in ["good.py", "bom.py", "latin.py"] {
        assert!(!found.contains(&path), "{path}: {found:?}");
    }
    let text = project.run(&["check", "broken.py"]);
    assert!(text.stdout.starts_with("warning: broken.py:1: "), "{}", text.stdout);
    assert!(text.stdout.ends_with("no findings in 1 file, 1 problem\n"), "{}", text.stdout);
}

#[test]
fn large_files() {
    let project = Project::new(&[("a.py", "")]);
    std::fs::File::create(project.path("data.py")).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let report = project.report(&[]);
    assert_eq!(problems(&report), [("data.py", "not analysed: it has 50 MB, more than the limit of 20 MB")]);
}

#[test]
fn hostile_structure() {
    let view = "import os\nfrom flask import request\n";
    let cycle = format!(
        "{view}class A(B):\n    def go(self, line):\n        return self.turn(line)\nclass B(A):\n    def turn(self, line):\n        os.system(line)\n        return self.go(line)\nclass C(C): pass\ndef view():\n    A().go(B().go(request.args['line']))\n"
    );
    let mut recursion = view.to_owned();
    for number in 0..10_000 {
        let (next, other) = ((number + 1) % 10_000, (number * 7 + 1) % 10_000);
        writeln!(recursion, "def f{number}(x, n):\n    if n:\n        x = f{other}(x, n - 1)\n    os.system(x)\n    return f{next}(x, n)").unwrap();
    }
    recursion.push_str("def view(n):\n    f0(request.args['line'], n)\n");
    let mut huge = format!("{view}def view():\n    x = request.args['line']\n");
    for number in 0..2_000 {
        writeln!(huge, "    v{number} = x + '{number}'\n    if v{number} > 'a':\n        x = v{number}")
            .unwrap();
    }
    huge.push_str("    os.system(x)\n");
    let mut wide = format!("{view}class Base: pass\n");
    for number in 0..1_000 {
        writeln!(wide, "class C{number}(Base):\n    def go(self, line):\n        os.system(line)").unwrap();
    }
    wide.push_str("ALL = [kind() for kind in Base.__subclasses__()]\ndef view():\n    for one in ALL:\n        one.go(request.args['line'])\n    C0().go(request.args['line'])\n");
    let project = Project::new(&[
        ("cycle.py", &cycle),
        ("recursion.py", &recursion),
        ("huge.py", &huge),
        ("wide.py", &wide),
    ]);
    let report = project.report(&[]);
    assert_eq!(problems(&report), []);
    let mut found: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    found.dedup();
    assert_eq!(found, ["cycle.py", "huge.py", "recursion.py", "wide.py"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(&[("pkg/a.py", ""), ("closed/b.py", "")]);
    std::os::unix::fs::symlink("..", project.path("pkg/loop")).unwrap();
    assert_eq!(project.report(&["pkg"])["statistics"]["files"], 1);
    let closed = project.path("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads everything, so that there is nothing to see then.
    if std::fs::read_dir(&closed).is_err() {
        let report = project.report(&[]);
        assert_eq!(problems(&report), [("closed", "could not be read: permission denied")]);
        assert_eq!(report["statistics"]["files"], 1);
    }
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn formats() {
    let project = Project::new(&[("a.py", "x = 1\n"), ("bad.py", "x =\n")]);
    let report = project.report(&[]);
    assert_eq!(report["schema"], 1);
    assert_eq!(report["tool"]["name"], "vansire");
    assert_eq!(report["errors"][0]["line"], 1);
    let run = project.run(&["check", "--format", "sarif", "-o", "out.sarif"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""));
    let sarif: Value =
        serde_json::from_str(&std::fs::read_to_string(project.path("out.sarif")).unwrap()).unwrap();
    let root = sarif["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"].as_str().unwrap();
    assert!(root.starts_with("file:///") && root.ends_with('/'), "{root}");
    assert!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len() > 20);
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "bad.py");
}

#[test]
fn paths_in_sarif_are_relative_wherever_the_run_starts() {
    let project =
        Project::new(&[("app/pyproject.toml", ""), ("app/pkg/bad.py", "x =\n"), ("else/where.txt", "")]);
    let run = project.run_in("else", &["check", "--format", "sarif", "../app/pkg"]);
    let sarif: Value = serde_json::from_str(&run.stdout).unwrap();
    let root = sarif["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"].as_str().unwrap();
    assert!(root.ends_with("/app/"), "{root}");
    let notification = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "pkg/bad.py");
}

#[test]
fn output_that_cannot_be_written() {
    let project = Project::new(&[("a.py", "")]);
    let run = project.run(&["check", "-o", "."]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.ends_with("is a directory\n"), "{}", run.stderr);
    let run = project.run(&["check", "-o", "no/such/folder/out.json"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: could not write `"), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let project = Project::new(&[]);
    let mut child = project.command(&["rules"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn rules_and_their_pages() {
    let project = Project::new(&[]);
    let list = project.run(&["rules"]);
    assert_eq!(list.status, Some(0));
    assert!(list.stdout.contains("\n  sql-injection "), "{}", list.stdout);
    assert!(list.stdout.lines().all(|line| line.chars().count() <= 80));
    let rules: Value =
        serde_json::from_str(&project.run(&["rules", "injection", "--format", "json"]).stdout).unwrap();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["area"] == "injection"));
    let page = project.run(&["rule", "B608"]);
    assert!(page.stdout.starts_with("sql-injection: "), "{}", page.stdout);
    assert!(page.stdout.contains("## Use instead"));
    let run = project.run(&["rule", "sql-injektion"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.ends_with("hint: did you mean `sql-injection`?\n"));
}

/// A small application with one flaw: its line 10.
const APP: &str = r#"import sqlite3

from flask import Flask, request

app = Flask(__name__)


@app.get("/user")
def user():
    return str(sqlite3.connect("a.db").execute("select * from user where name = '" + request.args["name"] + "'").fetchall())
"#;

fn with_comment(comment: &str) -> String {
    APP.replace(".fetchall())", &format!(".fetchall())  {comment}"))
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_finding_in_text_and_json() {
    let project = Project::new(&[("pkg/app.py", APP)]);
    let run = project.run(&["check", "--select", "sql-injection"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stdout.starts_with("critical sql-injection: "), "{}", run.stdout);
    assert!(run.stdout.contains("--> pkg/app.py:10:"), "{}", run.stdout);
    assert!(run.stdout.contains("how the data gets there:"), "{}", run.stdout);
    assert!(run.stdout.ends_with("1 finding (1 critical) in 1 file\n"), "{}", run.stdout);
    assert_eq!(project.run(&["check", "--select", "sql-injection", "--exit-zero"]).status, Some(0));
    let report = project.report(&["--select", "sql-injection"]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["path"], &finding["start"]["line"]), (&"pkg/app.py".into(), &10.into()));
    assert_eq!(finding["cwe"][0], 89);
    assert!(!finding["trace"].as_array().unwrap().is_empty());
    assert_eq!(finding["trace"][0]["path"], "pkg/app.py");
}

#[test]
fn paths_are_relative_to_the_working_directory() {
    let project = Project::new(&[("pkg/app.py", APP), ("other/x.py", "")]);
    let path = |folder: &str, argument: &str| {
        let run =
            project.run_in(folder, &["check", "--format", "json", "--select", "sql-injection", argument]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let finding = &report["findings"][0];
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        (text("path"), text("fingerprint"))
    };
    assert_eq!(path("pkg", "app.py").0, "app.py");
    assert_eq!(path("pkg", ".").0, "app.py");
    assert_eq!(path("", "./pkg/").0, "pkg/app.py");
    let outside = path("other", "../pkg").0;
    assert!(Path::new(&outside).is_absolute() && outside.ends_with("/pkg/app.py"), "{outside}");
    // The root of the project makes fingerprints the same from everywhere.
    project.write("pyproject.toml", b"");
    assert_eq!(path("pkg", ".").1, path("", ".").1);
}

#[test]
fn suppressions() {
    for comment in
        ["# nosec B608", "# noqa: S608", "# nosemgrep", "# vansire: ignore[sql-injection] -- a test"]
    {
        let project = Project::new(&[("app.py", &with_comment(comment))]);
        let run = project.run(&["check", "--select", "sql-injection"]);
        assert_eq!(run.status, Some(0), "{comment}");
        assert_eq!(run.stdout, "no findings in 1 file, 1 suppressed\n");
        let sarif: Value =
            serde_json::from_str(&project.run(&["check", "--select", "B608", "--format", "sarif"]).stdout)
                .unwrap();
        assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["kind"], "inSource");
    }
    let project = Project::new(&[("app.py", &with_comment("# nosec B101"))]);
    assert_eq!(rules(&project.report(&["--select", "sql-injection"])), ["sql-injection"]);
}

#[test]
fn which_findings_count() {
    let project = Project::new(&[("app.py", APP)]);
    assert!(rules(&project.report(&[])).contains(&"sql-injection"));
    for arguments in [["--ignore", "B608"], ["--ignore", "sql-*"], ["--select", "weak-hash"]] {
        assert!(!rules(&project.report(&arguments)).contains(&"sql-injection"), "{arguments:?}");
    }
    assert!(rules(&project.report(&["--min-severity", "critical"])).contains(&"sql-injection"));
    assert!(rules(&project.report(&["--threat", "local"])).is_empty());
}

#[test]
fn a_package_without_entry_points_is_a_library() {
    let function = "import os\n\n\ndef clone(url):\n    os.system('git clone ' + url)\n";
    let project = Project::new(&[("tool/__init__.py", ""), ("tool/work.py", function)]);
    let report = project.report(&[]);
    assert_eq!(rules(&report), ["command-injection"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["confidence"], "low");
    assert!(finding["message"].as_str().unwrap().starts_with("what a caller hands to `clone(url)` reaches"));
    // Who says whose data counts is believed.
    assert!(rules(&project.report(&["--threat", "remote"])).is_empty());
    // A script has no callers.
    let script = Project::new(&[("work.py", function)]);
    assert!(rules(&script.report(&[])).is_empty());
    // An application's data comes from elsewhere.
    let application = Project::new(&[("tool/__init__.py", ""), ("tool/work.py", function), ("app.py", APP)]);
    assert!(!rules(&application.report(&[])).contains(&"command-injection"));
}

#[test]
fn a_baseline_accepts_what_is_there_and_nothing_new() {
    let project = Project::new(&[("app.py", APP)]);
    let run = project.run(&["check", "--select", "sql-injection", "--write-baseline", "baseline.json"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), "wrote 1 finding to `baseline.json`\n"));
    let check = ["check", "--select", "sql-injection", "--baseline", "baseline.json"];
    assert_eq!(project.run(&check).status, Some(0));
    // An edit elsewhere changes nothing; a second flaw is one.
    let line = APP.lines().nth(9).unwrap();
    project.write("app.py", format!("\n\n{APP}").as_bytes());
    assert_eq!(project.run(&check).status, Some(0));
    project.write("app.py", format!("{APP}\n\n@app.get('/b')\ndef other():\n{line}\n").as_bytes());
    assert_eq!(project.run(&check).status, Some(1));
}

#[test]
fn models_of_the_user() {
    let model = "schema = 1\npackage = \"app\"\n\n[[sink]]\ncall = \"app.shoot\"\nport = \"arg(0)\"\nkind = \"command\"\n";
    let app = APP.replace("sqlite3.connect(\"a.db\").execute(", "shoot(").replace(".fetchall()", "")
        + "\n\ndef shoot(text): ...\n";
    let project =
        Project::new(&[("app.py", &app), (".vansire/models/own.toml", model), ("more/own.toml", model)]);
    assert!(rules(&project.report(&[])).contains(&"command-injection"));
    assert!(!rules(&project.report(&["--isolated"])).contains(&"command-injection"));
    assert!(rules(&project.report(&["--isolated", "--models", "more"])).contains(&"command-injection"));
}

#[test]
fn models_of_the_user_name_methods_and_parameters() {
    let model = "schema = 1\npackage = \"lib\"\n\n\
                 [[source]]\nparameter = \"untrusted\"\nkind = \"http\"\nthreat = \"remote\"\n\n\
                 [[sink]]\ncall = [\"lib.shell.Shell.go\", \"lib.shell.Shell.of\", \"lib.shell.Shell.plain\"]\n\
                 port = \"arg(0:line)\"\nkind = \"shell\"\n";
    let library = "class Shell:\n    def go(self, line): ...\n    @classmethod\n    def of(cls, line): ...\n    \
                   @staticmethod\n    def plain(line): ...\n";
    let views = "from lib.shell import Shell\n\n\ndef view(untrusted, trusted):\n    shell = Shell()\n    \
                 shell.go(untrusted)\n    Shell.of(untrusted)\n    Shell.plain(untrusted)\n    \
                 shell.go(line=untrusted)\n    Shell.go(shell, untrusted)\n    shell.go(trusted)\n";
    // Nothing but the folder of the models says where the project begins.
    let project = Project::new(&[
        ("lib/__init__.py", ""),
        ("lib/shell.py", library),
        ("lib/views.py", views),
        (".vansire/models/own.toml", model),
    ]);
    for paths in [&[][..], &["lib"], &["."]] {
        let report = project.report(paths);
        let lines: Vec<u64> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["start"]["line"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, [6, 7, 8, 9, 10], "{paths:?}");
    }
}

#[test]
fn findings_in_notebooks_have_cells() {
    let lines: Vec<Value> = APP.lines().map(|line| Value::from(format!("{line}\n"))).collect();
    let notebook = serde_json::json!({
        "cells": [
            {"cell_type": "markdown", "source": ["# text"]},
            {"cell_type": "code", "source": lines},
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    });
    let project = Project::new(&[("app.ipynb", &notebook.to_string())]);
    let report = project.report(&["--select", "sql-injection"]);
    let finding = &report["findings"][0];
    assert_eq!((&finding["cell"], &finding["start"]["line"]), (&2.into(), &10.into()));
    assert!(project.run(&["check", "--select", "sql-injection"]).stdout.contains("--> app.ipynb:cell 2:10:"));
}

#[test]
fn the_graph_names_callers_and_callees() {
    let project = Project::new(&[
        ("pkg/__init__.py", ""),
        (
            "pkg/mod.py",
            "class C:\n    def m(self):\n        return len(helper())\n\n\ndef helper():\n    pass\n\n\nC().m()\n",
        ),
    ]);
    let graph: Value = serde_json::from_str(&project.run(&["graph"]).stdout).unwrap();
    assert_eq!(graph["pkg.mod.C.m"], serde_json::json!(["<builtin>.len", "pkg.mod.helper"]));
    assert_eq!(graph["pkg.mod.helper"], serde_json::json!([]));
    assert!(graph["pkg.mod"].as_array().unwrap().contains(&"pkg.mod.C.m".into()));
}

#[test]
fn the_graph_is_a_json_map() {
    let project = Project::new(&[("a.py", "def f(): return (1).bit_length()\nf()\n")]);
    let run = project.run(&["graph"]);
    assert_eq!(run.status, Some(0));
    let graph: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(graph["a.f"], serde_json::json!(["<builtin>.int.bit_length"]));
}

#[test]
fn models_with_mistakes_and_missing_baselines() {
    let project = Project::new(&[("a.py", "")]);
    let run = project.run(&["check", "--models", "nowhere"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.starts_with("error: could not read the model "), "{}", run.stderr);
    project.write(".vansire/models/own.toml", b"schema = 1\npackage = \"own\"\nsurplus = 1\n");
    let run = project.run(&["check"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("in .vansire/models/own.toml:3\n"), "{}", run.stderr);
    assert_eq!(project.run(&["check", "--isolated"]).status, Some(0));
    // Rows that could never say anything, and kinds that begin like those of earlier rows.
    for (row, message) in [
        (
            "[[sink]]\ncall = \"own.f\"\nkind = \"shell\"\n",
            "the sink `own.f` needs a `port` in .vansire/models/own.toml:5",
        ),
        ("[[sink]]\nport = \"arg(0)\"\nkind = \"shell\"\n", "a sink needs `call`, `set` or `set-item`"),
        ("[[source]]\nkind = \"http\"\nthreat = \"remote\"\n", "a source needs `at` or `parameter`"),
        (
            "[[sink]]\ncall = \"own.f\"\nport = \"arg(0)\"\nkind = [\"shell\",\n\"shel\"]\n",
            "`shel` is no kind of sink in .vansire/models/own.toml:8",
        ),
        (
            "[[check]]\nrule = \"weak-hsh\"\ncall = \"own.f\"\nmessage = \"no\"\n",
            "no rule is called `weak-hsh` in .vansire/models/own.toml:5\nhint: did you mean `weak-hash`?",
        ),
    ] {
        let text = format!("schema = 1\npackage = \"own\"\n\n{row}");
        project.write(".vansire/models/own.toml", text.as_bytes());
        let run = project.run(&["check"]);
        assert_eq!(run.status, Some(2));
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    std::fs::remove_dir_all(project.path(".vansire")).unwrap();
    let run = project.run(&["check", "--baseline", "nowhere.json"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("hint: `--write-baseline FILE` writes one"), "{}", run.stderr);
    project.write("b.json", b"{}");
    let run = project.run(&["check", "--baseline", "b.json"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("b.json:1` is not a baseline"), "{}", run.stderr);
}

#[test]
fn the_same_output_at_any_number_of_threads() {
    let files: Vec<(String, String)> =
        (0..40).map(|number| (format!("m{number}.py"), format!("x = {number} +\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let one = project.run(&["check", "--format", "json", "--threads", "1"]).stdout;
    assert_eq!(one, project.run(&["check", "--format", "json", "--threads", "4"]).stdout);
    assert!(Path::new(env!("CARGO_BIN_EXE_vansire")).exists());
}

#[test]
fn a_warm_cache_changes_nothing_but_time() {
    let project = Project::new(&[
        ("app/a.py", &with_comment("")),
        ("app/b.py", &with_comment("# vansire: ignore[sql-injection] -- seen")),
        ("app/broken.py", "def (:\n"),
        ("app/note.ipynb", "{"),
    ]);
    let check = |format: &str, cache: &[&str]| {
        let run = project.run(&[&["check", "--format", format, "app"], cache].concat());
        (run.status, run.stdout, run.stderr)
    };
    let warm = ["--cache-dir", "kept"];
    for format in ["text", "json", "sarif"] {
        let cold = check(format, &["--no-cache"]);
        assert_eq!(cold.0, Some(1));
        assert_eq!(check(format, &warm), cold);
        assert_eq!(check(format, &warm), cold);
    }
    let entries = || {
        let files = std::fs::read_dir(project.path("kept")).unwrap().flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|it| it == "found")).collect::<Vec<_>>()
    };
    assert_eq!(entries().len(), 1);
    // A damaged entry is as good as none.
    std::fs::write(&entries()[0], b"junk").unwrap();
    let cold = check("json", &["--no-cache"]);
    assert_eq!(check("json", &warm), cold);
    assert_eq!(check("json", &warm), cold);
    // Every change counts: of a file, of what is looked for, of models.
    project.write("app/a.py", b"x = 1\n");
    let cold = check("json", &["--no-cache"]);
    assert_eq!(check("json", &warm), cold);
    assert_eq!(entries().len(), 2);
    let local = [&warm[..], &["--threat", "local"]].concat();
    assert_eq!(check("json", &local), check("json", &["--no-cache", "--threat", "local"]));
    assert_eq!(entries().len(), 3);
    assert!(!project.path(".vansire_cache").exists());
}

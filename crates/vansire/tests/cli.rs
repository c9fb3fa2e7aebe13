//! The command line, end to end: what is printed, written and returned.
#![allow(clippy::unwrap_used)] // a test may fail as loudly as it likes

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

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
    let cycle = "class A(B): pass\nclass B(A): pass\nclass C(C): pass\n";
    let mut recursion = String::new();
    for number in 0..10_000 {
        let next = (number + 1) % 10_000;
        writeln!(recursion, "def f{number}(x):\n    return f{next}(x)").unwrap();
    }
    let project = Project::new(&[("cycle.py", cycle), ("recursion.py", &recursion)]);
    let run = project.run(&["check"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "no findings in 2 files\n"), "{}", run.stderr);
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
fn output_that_cannot_be_written() {
    let project = Project::new(&[("a.py", "")]);
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

#[test]
fn the_graph_is_a_json_map() {
    let project = Project::new(&[("a.py", "def f(): pass\nf()\n")]);
    let run = project.run(&["graph"]);
    assert_eq!(run.status, Some(0));
    let graph: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(graph.is_object());
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

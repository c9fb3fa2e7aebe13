use super::*;
use crate::ir::Span;
use crate::lower;
use crate::source::SourceFile;

fn notebook(cells: &[(&str, &str)]) -> (SourceFile, Vec<SourceProblem>) {
    let cells: Vec<Value> = cells
        .iter()
        .map(|(kind, source)| {
            let lines: Vec<&str> = source.split_inclusive('\n').collect();
            serde_json::json!({"cell_type": kind, "metadata": {}, "source": lines, "outputs": []})
        })
        .collect();
    let json = serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    SourceFile::from_bytes("a.ipynb", json.to_string().as_bytes())
}

fn code(source: &str) -> String {
    let (file, problems) = notebook(&[("code", source)]);
    assert_eq!(problems, []);
    assert_eq!(file.text.matches('\n').count(), source.matches('\n').count(), "in {}", file.text);
    assert_eq!(lower(&file).errors, [], "in {}", file.text);
    file.text
}

#[test]
fn cells_are_joined_and_positions_map_back() {
    let (file, problems) = notebook(&[
        ("markdown", "# Title\n"),
        ("code", "import a\nx = 1\n"),
        ("code", "é = y; z"),
        ("raw", "raw"),
        ("code", "def f():\n    return w\n"),
    ]);
    assert_eq!(problems, []);
    assert_eq!(file.text, "import a\nx = 1\n\né = y; z\ndef f():\n    return w\n");
    let numbers: Vec<u32> = file.cells().iter().map(|cell| cell.number).collect();
    assert_eq!(numbers, [2, 3, 5]);
    let at = |part: &str| {
        let start = file.text.find(part).unwrap() as u32;
        file.location(Span { start, end: start + part.len() as u32 })
    };
    assert_eq!(at("import"), (1, 1, 1, 7, Some(2)));
    assert_eq!(at("x = 1"), (2, 1, 2, 6, Some(2)));
    assert_eq!(at("z"), (1, 8, 1, 9, Some(3)));
    assert_eq!(at("return"), (2, 5, 2, 11, Some(5)));
    assert_eq!(file.line_text(file.text_line(file.cells()[2].start)), "def f():");
    let module = lower(&file).module;
    assert_eq!(module.bodies.len(), 2);
    assert_eq!(module.bodies[0].slots.len(), 4);
}

#[test]
fn an_error_stays_in_its_cell() {
    let (file, _) = notebook(&[("code", "x = (1,"), ("code", "y = 2\nz = = 3"), ("code", "w = 4")]);
    let lowered = lower(&file);
    let places: Vec<_> = lowered.errors.iter().map(|error| (error.cell, error.line)).collect();
    assert_eq!(places, [(Some(1), 1), (Some(2), 2)]);
    let names: Vec<&str> = lowered.module.bodies[0].slots.iter().map(|slot| slot.name.as_str()).collect();
    assert_eq!(names, ["x", "y", "z", "w"]);
}

#[test]
fn escapes_become_comments() {
    assert_eq!(code("%matplotlib inline\nx = 1"), "pass  # %matplotlib inline\nx = 1");
    assert_eq!(code("!pip install x\n"), "pass  # !pip install x\n");
    assert_eq!(code("files = !ls *.py\nfiles"), "files = None  # !ls *.py\nfiles");
    assert_eq!(code("x = %timeit f()"), "x = None  # %timeit f()");
    assert_eq!(code("if x:\n    %run y\nz"), "if x:\n    pass  # %run y\nz");
    assert_eq!(code("!a \\\n  b\nc"), "pass  # !a \\\n#  b\nc");
    assert_eq!(code("f?\n?g\nf??"), "pass  # f?\npass  # ?g\npass  # f??");
}

#[test]
fn what_only_looks_like_an_escape_stays() {
    for text in ["x = (a\n  % b)", "x = '''\n%y\n!z\n'''", "x = a % b", "x != y", "# !ls\nx", "f'{x!r}'"] {
        assert_eq!(code(text), text);
    }
}

#[test]
fn cell_magics() {
    assert_eq!(code("%%bash\nrm -rf /\n\nls"), "#%%bash\n#rm -rf /\n#\n#ls");
    assert_eq!(code("\n%%html\n<b>"), "#\n#%%html\n#<b>");
    assert_eq!(code("%%time\nx = f()"), "#%%time\nx = f()");
    assert_eq!(code("%%capture out\n%run a\ny"), "#%%capture out\npass  # %run a\ny");
}

#[test]
fn old_and_odd_notebooks() {
    let old = r#"{"worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}], "nbformat": 3}"#;
    assert_eq!(SourceFile::from_bytes("a.ipynb", old.as_bytes()).0.text, "x = 1");
    let text = r#"{"cells": [{"cell_type": "code", "source": "x = 1\n"}, {}, 3, {"cell_type": "code"}]}"#;
    assert_eq!(SourceFile::from_bytes("a.ipynb", text.as_bytes()).0.text, "x = 1\n");
    let other = r#"{"cells": [{"cell_type": "code", "source": "x <- 1"}], "metadata": {"kernelspec": {"language": "R"}}}"#;
    let (file, problems) = SourceFile::from_bytes("a.ipynb", other.as_bytes());
    assert_eq!((file.text.as_str(), problems), ("", Vec::new()));
    for broken in ["", "{", "[1, 2]", "null", "{\"cells\": 3}", &"[".repeat(100_000)] {
        let (file, _) = SourceFile::from_bytes("a.ipynb", broken.as_bytes());
        assert_eq!(file.text, "");
    }
    let (_, problems) = SourceFile::from_bytes("a.ipynb", b"{\n\"cells\": x}");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line, Some(2));
}

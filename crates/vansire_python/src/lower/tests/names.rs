//! What is collected besides the tree: mentions, imports, exports.

use super::lowered;
use crate::Symbol;

fn mentioned(text: &str, body: usize) -> Vec<String> {
    let module = lowered(text).module;
    let body = &module.bodies[body];
    assert!(body.mentions.iter().all(|&name| body.mentions_name(name)));
    let mut names: Vec<String> = body.mentions.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

#[test]
fn mentions_are_of_the_body_alone_and_unique() {
    let text = "import a.b as c\nfrom d import e as f\nx = g.h(i=j)\nx.h\ndef m(p=q): return r.s\n";
    assert_eq!(mentioned(text, 0), ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "m", "q", "x"]);
    assert_eq!(mentioned(text, 1), ["r", "s"]);
    assert!(!lowered(text).module.bodies[1].mentions_name(Symbol::new("x")));
}

#[test]
fn a_function_s_own_variables_mention_nothing() {
    let text =
        "def f(args):\n  from a import b\n  def g(): pass\n  data = args.path\n  return b(g, data, h)\n";
    let body = lowered(text).module.bodies.iter().position(|body| body.name.as_str() == "f");
    assert_eq!(mentioned(text, body.unwrap_or_default()), ["a", "b", "g", "h", "path"]);
}

#[test]
fn imports_are_absolute_sorted_and_unique() {
    let text = "import os.path, flask\nfrom . import a\nfrom .b import c\ndef f():\n  from flask import request\n  import importlib\n  importlib.import_module('yaml')\n  __import__('pickle')\n  import flask as g\nfrom google.cloud import *\n";
    let names: Vec<&str> = lowered(text).module.imports.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["flask", "flask.request", "google.cloud", "importlib", "os.path", "pickle", "yaml"]);
}

#[track_caller]
fn check_exports(text: &str, expected: Option<&[&str]>) {
    let exports = lowered(text).module.exports;
    let exports: Option<Vec<&str>> =
        exports.as_ref().map(|names| names.iter().map(|name| name.as_str()).collect());
    assert_eq!(exports.as_deref(), expected, "in {text}");
}

#[test]
fn exports() {
    check_exports("x = 1", None);
    check_exports("__all__ = ['a', \"b\"]", Some(&["a", "b"]));
    check_exports("__all__ = ('a',) + ('b',)", Some(&["a", "b"]));
    check_exports(
        "__all__: list[str] = []\n__all__ += ['a']\n__all__.append('b')\n__all__.extend(('c',))",
        Some(&["a", "b", "c"]),
    );
    check_exports("__all__ = ['a', 'b']\n__all__.remove('a')", Some(&["b"]));
    check_exports("__all__ = ['a'] + other.__all__", None);
    check_exports("__all__ = ['a']\n__all__ += other.__all__", None);
    check_exports("__all__ = ['a']\nif x:\n  __all__ += ['b']", None);
    check_exports("__all__ = [name for name in dir()]", None);
}

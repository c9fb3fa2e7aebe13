//! Hostile nesting: what is too deep is reported, what is long but real is lowered.

use std::fmt::Write;

use crate::depth::{MAXIMUM_DEPTH, with_large_stack};
use crate::ir::{ExprKind, StmtKind};
use crate::lower::{Lowered, lower};
use crate::source::SourceFile;

fn lower_deep<T: Send>(text: &str, check: impl FnOnce(Lowered) -> T + Send) -> T {
    let source = SourceFile::new("test.py", text);
    with_large_stack(move || check(lower(&source)))
}

/// The file is given up as a whole, whether its tree is built before that or not.
#[track_caller]
fn check_refused(text: impl Fn(usize) -> String) {
    for count in [12_000, 45_000, MANY] {
        check_refused_text(&text(count));
    }
}

#[track_caller]
fn check_refused_text(text: &str) {
    lower_deep(text, |lowered| {
        assert_eq!(lowered.errors.len(), 1, "{:?}", lowered.errors);
        assert!(lowered.errors[0].message.contains("nests too deeply"), "{:?}", lowered.errors);
        assert_eq!(lowered.module.bodies.len(), 1);
        assert!(lowered.module.bodies[0].block.is_empty());
    });
}

/// The file is lowered without complaint.
#[track_caller]
fn check_accepted(text: &str) {
    lower_deep(text, |lowered| {
        assert_eq!(lowered.errors, []);
        assert!(!lowered.module.bodies[0].block.is_empty());
    });
}

const MANY: usize = 100_000;

#[test]
fn brackets() {
    check_refused(|count| format!("{}{}", "(".repeat(count), ")".repeat(count)));
    check_refused(|count| "[".repeat(count));
    check_refused(|count| "{".repeat(count));
    check_refused(|count| "f(".repeat(count));
    check_refused(|count| format!("x{}", "()".repeat(count)));
    check_refused(|count| format!("x{}", "[0]".repeat(count)));
    check_refused(|count| "(x](".repeat(count));
    check_refused(|count| "[x,".repeat(count));
    check_accepted(&format!("{}x{}", "(".repeat(1000), ")".repeat(1000)));
    check_accepted(&format!("{}x{}", "[".repeat(5000), "]".repeat(5000)));
    check_accepted(&format!("{}x{}", "f(".repeat(5000 / 2), ")".repeat(5000 / 2)));
}

#[test]
fn prefixes() {
    check_refused(|count| format!("{}x", "not ".repeat(count)));
    check_refused(|count| format!("({}x)", "not\n".repeat(count)));
    check_refused(|count| format!("{}x", "-".repeat(count)));
    check_refused(|count| format!("{}x", "~".repeat(count)));
    check_refused(|count| format!("{}x", "lambda: ".repeat(count)));
    check_refused(|count| format!("{}x", "lambda a, b, c: ".repeat(count)));
    check_refused(|count| format!("{}x", "await ".repeat(count)));
    check_refused(|count| format!("{}x", "yield ".repeat(count)));
    check_refused(|count| "yield x, ".repeat(count));
    check_refused(|count| format!("x = {}x", "*".repeat(count)));
    check_refused(|count| "async ".repeat(count));
    check_accepted(&format!("{}x", "not ".repeat(5000)));
    check_accepted(&format!("{}x", "lambda a, b: ".repeat(2000)));
}

#[test]
fn chains() {
    check_refused(|count| format!("a{}", ".b".repeat(count)));
    check_refused(|count| format!("x{}", "+x".repeat(count)));
    check_refused(|count| format!("x{}", "**x".repeat(count)));
    check_refused(|count| format!("x{}", " if a else x".repeat(count)));
    check_refused(|count| format!("{}x", "x if a else ".repeat(count)));
    check_refused(|count| format!("x{}", "+\"\"\"\n\"\"\"+x".repeat(count)));
    check_refused(|count| format!("x{}", "<x".repeat(count)));
    check_refused(|count| format!("match x:\n case {}: pass", "a|".repeat(count)));
    // Long chains of this kind are generated.
    check_accepted(&format!("x{}", " + 'text'".repeat(5000)));
    check_accepted(&format!("a{}", ".b".repeat(5000)));
    check_accepted(&format!("a{}", ".b(c)".repeat(2500)));
    check_accepted(&format!("x = [{}]", "a.b + c,".repeat(MANY)));
    check_accepted(&"a.b + c(d)\n".repeat(MANY));
}

#[test]
fn a_long_chain_keeps_its_shape() {
    lower_deep(&format!("x{}", " + y".repeat(5000)), |lowered| {
        let StmtKind::Expr(mut expression) =
            lowered.module.bodies.into_iter().next().unwrap().block.remove(0).kind
        else {
            panic!("an expression")
        };
        let mut count = 0;
        while let ExprKind::Binary(_, left, _) = expression.kind {
            expression = *left;
            count += 1;
        }
        assert_eq!(count, 5000);
        assert!(matches!(expression.kind, ExprKind::Name(..)));
    });
}

#[test]
fn strings() {
    // Python 3.12 lets f-strings nest without end.
    check_refused(|count| "f'{".repeat(count));
    check_refused(|count| format!("f'{}'", "{x:".repeat(count)));
    // A string that is an annotation nests on its own.
    let nested = format!("a: '{}{}'", "(".repeat(MANY), ")".repeat(MANY));
    lower_deep(&nested, |lowered| assert_eq!(lowered.errors, []));
}

#[test]
fn elif() {
    let chain = |count: usize| {
        let mut text = "if x == 0: y\n".to_owned();
        for index in 1..count {
            let _ = writeln!(text, "elif x == {index}: y = f({index})");
        }
        text + "else: z = 1\n"
    };
    lower_deep(&chain(5000), |lowered| {
        assert_eq!(lowered.errors, []);
        let mut block = &lowered.module.bodies[0].block;
        let mut count = 0;
        while let [statement] = block.as_slice()
            && let StmtKind::If { or_else, .. } = &statement.kind
        {
            count += 1;
            block = or_else;
        }
        assert_eq!(count, 5000);
        assert!(matches!(block[0].kind, StmtKind::Assign { .. }));
    });
    // What is too long is cut, and said.
    let count = MAXIMUM_DEPTH as usize + 1000;
    lower_deep(&(chain(count) + "after = 1\n"), |lowered| {
        assert_eq!(lowered.errors.len(), 1);
        assert!(lowered.errors[0].line > 5000, "{:?}", lowered.errors);
        assert_eq!(lowered.module.bodies[0].block.len(), 2);
    });
    lower_deep(&chain(MANY), |lowered| assert_eq!(lowered.errors.len(), 1));
}

#[test]
fn indentation() {
    let nested = |header: &str, count: usize| {
        let mut text = String::new();
        for index in 0..count {
            let _ = writeln!(text, "{}{header}:", " ".repeat(index));
        }
        text + &" ".repeat(count) + "pass\n"
    };
    check_accepted(&nested("if x", 1000));
    check_accepted(&nested("def f()", 1000));
    check_accepted(&nested("class C", 1000));
    check_accepted(&nested("for x in y", 1000));
    check_refused_text(&nested("if x", 10_000));
    // The depth of the lines adds up.
    let long = format!("if x{}", ".a".repeat(500));
    lower_deep(&nested(&long, 1000), |lowered| assert!(!lowered.errors.is_empty()));
}

#[test]
fn patterns() {
    check_refused(|count| format!("match x:\n case {}: pass", "[".repeat(count)));
    let text = format!("match x:\n case {}a{}: pass", "[".repeat(1000), "]".repeat(1000));
    check_accepted(&text);
}

#[test]
fn commas_and_strings_do_not_count() {
    check_accepted(&format!("x = [{}]", "f(-a.b), ".repeat(MANY)));
    check_accepted(&format!("x = '{}'", "(".repeat(MANY)));
    check_accepted(&format!("x = 1 # {}", "(".repeat(MANY)));
    check_accepted(&format!("x = {{{}}}", "'a': b.c, ".repeat(MANY)));
}

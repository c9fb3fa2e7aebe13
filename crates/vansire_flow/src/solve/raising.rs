//! Which handler an exception meets: classes of exceptions, and whether any but the known ones can be raised.

use vansire_python::ir::{CompareOperator, Expr, ExprKind, Handler, Span, Stmt, StmtKind, UnaryOperator};
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{ClassRef, ObjectKind, Ref, Value};

/// The builtin exceptions below others than `Exception`, each with the next one above it.
const ABOVE: &[(&str, &str)] = &[
    ("ArithmeticError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("ChildProcessError", "OSError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionError", "OSError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("EnvironmentError", "OSError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("FloatingPointError", "ArithmeticError"),
    ("GeneratorExit", "BaseException"),
    ("IOError", "OSError"),
    ("IndentationError", "SyntaxError"),
    ("IndexError", "LookupError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("KeyError", "LookupError"),
    ("KeyboardInterrupt", "BaseException"),
    ("ModuleNotFoundError", "ImportError"),
    ("NotADirectoryError", "OSError"),
    ("NotImplementedError", "RuntimeError"),
    ("OverflowError", "ArithmeticError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("RecursionError", "RuntimeError"),
    ("SystemExit", "BaseException"),
    ("TabError", "IndentationError"),
    ("TimeoutError", "OSError"),
    ("UnboundLocalError", "NameError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeError", "ValueError"),
    ("UnicodeTranslateError", "UnicodeError"),
    ("ZeroDivisionError", "ArithmeticError"),
];

/// Names of one and the same class.
fn one_name(name: &str) -> &str {
    if matches!(name, "IOError" | "EnvironmentError") { "OSError" } else { name }
}

/// Whether a builtin exception is of a class or of one below it.
fn is_builtin_below(name: &str, of: &str) -> bool {
    let (mut name, of) = (one_name(name), one_name(of));
    loop {
        if name == of || of == "BaseException" {
            return true;
        }
        name = match ABOVE.iter().find(|(own, _)| *own == name) {
            Some((_, above)) => one_name(above),
            None if name == "Exception" || name == "BaseException" => return false,
            None => "Exception",
        };
    }
}

/// The classes that a handler names.
pub(super) struct Wanted {
    pub classes: Vec<ClassRef>,
    pub externals: Vec<Symbol>,
    /// It can be others as well.
    unknown: bool,
}

impl<'p> Solver<'p> {
    /// What the constructor of exceptions keeps: its arguments, which are the text of the exception as well.
    pub(super) fn fill_exception(
        &mut self,
        frame: &mut Frame<'p>,
        exception: &Value,
        arguments: &Arguments,
        span: Span,
    ) {
        let value = Value::tuple(arguments.positional.clone());
        self.set_attribute(frame, exception, symbol!("args"), value, span);
        let mut text = Value::undefined();
        for value in &arguments.positional {
            text = text.join(&self.text_value(frame, value));
        }
        for reference in &exception.refs.clone() {
            if let Ref::Object(id) = reference {
                self.change(frame, *id, |object| object.rest = object.rest.join(&text));
            }
        }
    }

    /// The classes that a handler names; none where it takes everything.
    pub(super) fn wanted(&mut self, frame: &mut Frame<'p>, handler: &'p Handler) -> Option<Wanted> {
        let value = handler.exception.as_ref().map(|expression| self.expression(frame, expression))?;
        let mut wanted = Wanted { classes: Vec::new(), externals: Vec::new(), unknown: value.other };
        let mut collect = |value: &Value| {
            wanted.unknown |= value.other;
            for reference in &value.refs {
                match reference {
                    Ref::Class(class) => wanted.classes.push(*class),
                    Ref::External(name) => wanted.externals.push(*name),
                    Ref::Tuple(_) => {}
                    _ => wanted.unknown = true,
                }
            }
        };
        collect(&value);
        for reference in &value.refs {
            if let Ref::Tuple(elements) = reference {
                elements.iter().for_each(&mut collect);
            }
        }
        Some(wanted)
    }

    /// Whether a handler takes an exception; none where that isn't known.
    pub(super) fn takes(&mut self, frame: &mut Frame<'p>, wanted: &Wanted, raised: &Ref) -> Option<bool> {
        let is_below = |name: Symbol| -> Option<bool> {
            let mut result = Some(false);
            for own in &wanted.externals {
                let both = (name.as_str().strip_prefix("builtins."), own.as_str().strip_prefix("builtins."));
                match both {
                    _ if name == *own => return Some(true),
                    (_, Some("Exception" | "BaseException")) if both.0.is_none() => return Some(true),
                    (Some(name), Some(of)) if is_builtin_below(name, of) => return Some(true),
                    (Some(_), Some(_)) => {}
                    _ => result = None,
                }
            }
            result
        };
        let found = match raised {
            Ref::Instance(name) => is_below(*name),
            Ref::Object(id) => match self.kind(frame, *id) {
                ObjectKind::External(name) => is_below(name),
                ObjectKind::Instance(own) => {
                    let mut result = Some(false);
                    for ancestor in self.lineage(frame, own) {
                        let one = match ancestor {
                            Ancestor::Class(class) => {
                                Some(wanted.classes.iter().any(|one| one.body == class.body))
                            }
                            Ancestor::External(name) => is_below(name),
                        };
                        match one {
                            Some(true) => return Some(true),
                            Some(false) => {}
                            None => result = None,
                        }
                    }
                    result
                }
                _ => None,
            },
            _ => None,
        };
        if found == Some(false) && wanted.unknown { None } else { found }
    }

    /// What of the exceptions comes to a handler, and what goes past it.
    pub(super) fn sorted_out(
        &mut self,
        frame: &mut Frame<'p>,
        wanted: Option<&Wanted>,
        raised: &Value,
    ) -> (Value, Value) {
        let Some(wanted) = wanted else { return (raised.clone(), Value::undefined()) };
        let mut here = raised.edit(|data| data.refs.clear());
        let mut past = here.clone();
        for reference in &raised.refs {
            let one = Value::reference(reference.clone());
            let taken = self.takes(frame, wanted, reference);
            if taken != Some(false) {
                here = here.join(&one);
            }
            if taken != Some(true) {
                past = past.join(&one);
            }
        }
        (here, past)
    }

    /// The classes of exceptions.
    pub(super) fn exception_class(&mut self, frame: &mut Frame<'p>, raised: &Value) -> Value {
        let mut result = if raised.other { Value::unknown() } else { Value::undefined() };
        for reference in &raised.refs {
            let class = match reference {
                Ref::Instance(name) => Value::external(*name),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(name) => Value::external(name),
                    ObjectKind::Instance(class) => Value::reference(Ref::Class(class)),
                    _ => Value::unknown(),
                },
                _ => Value::unknown(),
            };
            result = result.join(&class);
        }
        result
    }

    /// A builtin exception leaves from here.
    pub(super) fn raise_builtin(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        fields: Vec<Value>,
        span: Span,
    ) {
        let arguments = Arguments::of(fields);
        let Some(raised) = self.builtin_function(frame, name, &arguments, span) else { return };
        self.note_raised(frame, &raised);
        let state = frame.state.clone();
        self.note_state(frame, state);
    }

    /// The innermost `try` may see exceptions that nobody named.
    pub(super) fn note_unforeseen(&mut self, frame: &mut Frame<'p>) {
        if let Some(attempt) = frame.tries.last_mut() {
            attempt.unforeseen = true;
        }
    }
}

/// Whether nothing but what stands in a statement itself can be raised there: `raise`, and what holds it.
pub(super) fn is_foreseen(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Raise { .. } => true,
        StmtKind::If { test, .. } => is_harmless(test),
        // The blocks in them tell for themselves.
        StmtKind::Try { .. } => true,
        _ => false,
    }
}

fn is_harmless(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(..) | ExprKind::Constant(_) => true,
        ExprKind::Unary(UnaryOperator::Not, inner) => is_harmless(inner),
        ExprKind::Boolean(_, values) => values.iter().all(is_harmless),
        ExprKind::Compare(first, rest) => {
            is_harmless(first)
                && rest.iter().all(|(operator, value)| {
                    matches!(
                        operator,
                        CompareOperator::Equal
                            | CompareOperator::NotEqual
                            | CompareOperator::Is
                            | CompareOperator::IsNot
                    ) && is_harmless(value)
                })
        }
        _ => false,
    }
}

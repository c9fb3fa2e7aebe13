//! What speaks against a flow without proving anything: tests whose sense the engine doesn't see.
//!
//! A function of the project whose name says that it tests what it is given, of which nothing was proved, still
//! tests something. And a test that an option of the program switches off holds where the option doesn't. In both
//! cases what is found behind is a guess.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{Call, Expr, ExprKind, ParameterKind, Stmt, StmtKind};

use super::binding::Arguments;
use super::purpose::words;
use super::{Frame, Solver};
use crate::domain::{Constant, Fact, Facts, Identity, Ref, State, Value};
use crate::text::{CharSet, Form, KindSet, SinkKind};

/// Functions that say by their result that a value is good.
const GOOD_WORDS: &[&str] = &[
    "safe",
    "valid",
    "allowed",
    "allow",
    "allows",
    "permitted",
    "trusted",
    "whitelisted",
    "allowlisted",
    "acceptable",
    "authorized",
    "validate",
];

/// Functions that say by their result that a value is bad.
const BAD_WORDS: &[&str] =
    &["unsafe", "invalid", "disallowed", "forbidden", "blocked", "denied", "untrusted", "malicious"];

/// What the names of functions begin with that raise where a value is bad.
const RAISING_WORDS: &[&str] =
    &["validate", "check", "verify", "ensure", "assert", "require", "authorize", "refuse", "reject"];

/// What the name of a function says of the values that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tests {
    /// A true result says that they're good.
    good: bool,
    /// A true result says that they're bad.
    bad: bool,
    /// It raises where they're bad.
    raises: bool,
}

impl Tests {
    fn of(name: &str) -> Self {
        let name = words(name);
        let says = |list: &[&str]| name.iter().any(|word| list.contains(&word.as_str()));
        let raises = name.first().is_some_and(|first| RAISING_WORDS.contains(&first.as_str()));
        // `is_known_folder(path)` says what it is: of what passes that's a doubt.
        let tells = name.len() > 2 && name[0] == "is" && !says(BAD_WORDS);
        Self { good: says(GOOD_WORDS) || tells, bad: says(BAD_WORDS), raises }
    }
}

impl<'p> Solver<'p> {
    fn tests_of(&mut self, name: Symbol) -> Tests {
        *self.test_names.entry(name).or_insert_with(|| Tests::of(name.as_str()))
    }

    /// The result of a call whose name says that it tests its arguments, whatever it leads to: of those of which
    /// nothing is proved it says something all the same.
    pub(super) fn tested_by_name(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        call: &'p Call,
        arguments: &Arguments,
        result: Value,
    ) -> Value {
        if result.truth().is_some() || !result.refs.is_empty() || !arguments.all().any(Value::has_labels) {
            return result;
        }
        let tests = self.tests_of(name);
        if !tests.good && !tests.bad && !tests.raises {
            return result;
        }
        let mut inputs: Vec<Identity> = Vec::new();
        inputs.extend(arguments.all().filter(|value| value.has_labels()).filter_map(|value| value.identity));
        for argument in &call.arguments {
            if !matches!(argument.value.kind, ExprKind::Name(..)) {
                self.named_inside(frame, &argument.value, &mut inputs);
            }
        }
        inputs.sort_unstable();
        inputs.dedup();
        if inputs.is_empty() {
            return result;
        }
        let (when_true, when_false) = match &result.predicate {
            Some(predicate) => (predicate.when_true.clone(), predicate.when_false.clone()),
            None => Default::default(),
        };
        if tests.bad {
            result.with_predicate(when_true, with_doubts(&when_false, &inputs, true))
        } else {
            result.with_predicate(with_doubts(&when_true, &inputs, true), when_false)
        }
    }

    /// `check_target(target)`: what a call that isn't known raises for, by its name.
    pub(super) fn refused_by_name(&mut self, frame: &mut Frame<'p>, statement: &'p Expr) {
        let ExprKind::Call(call) = &awaited(statement).kind else { return };
        let (ExprKind::Name(_, name) | ExprKind::Attribute(_, name)) = &call.callee.kind else { return };
        if !frame.state.alive || !self.tests_of(*name).raises {
            return;
        }
        let mut inputs = Vec::new();
        for argument in &call.arguments {
            self.named_inside(frame, &argument.value, &mut inputs);
        }
        for input in inputs {
            if !frame.state.fact(input).is_some_and(is_protection) {
                frame.state.add_fact(input, &Fact { unsure: true, ..Fact::default() });
            }
        }
    }

    /// The variables that an argument is made of, as far as they carry data.
    fn named_inside(&mut self, frame: &mut Frame<'p>, written: &'p Expr, into: &mut Vec<Identity>) {
        match &written.kind {
            ExprKind::Name(..) => {
                let value = self.expression(frame, written);
                if value.has_labels() {
                    into.extend(value.identity);
                }
            }
            ExprKind::Attribute(inner, _) | ExprKind::Subscript(inner, _) => {
                self.named_inside(frame, inner, into);
            }
            ExprKind::Call(call) => {
                if let ExprKind::Attribute(inner, _) = &call.callee.kind {
                    self.named_inside(frame, inner, into);
                }
                for argument in &call.arguments {
                    self.named_inside(frame, &argument.value, into);
                }
            }
            _ => {}
        }
    }

    /// What a function tests by its name, though nothing was proved of it: the facts for a true and a false
    /// result, and those for its return at all.
    pub(super) fn doubts(&mut self, frame: &Frame<'p>, value: &Value, facts: &mut Facts) -> Option<Value> {
        let Tests { good, bad, raises } = self.tests_of(frame.ir.name);
        if !(raises || good || bad) {
            return None;
        }
        let inputs: Vec<Identity> = self.tested(frame);
        if inputs.is_empty() {
            return None;
        }
        // One expression is seen through; of several tests some may not have been.
        let whole = frame.ir.block.iter().filter(|one| !is_documentation(one)).count() <= 1;
        if raises && !frame.raised.is_undefined() {
            *facts = with_doubts(facts, &inputs, whole);
        }
        // What a validator gives back of what it was given.
        if words(frame.ir.name.as_str()).first().is_some_and(|first| first == "validate") && carries(value) {
            return Some(value.unsure());
        }
        if !(good || bad) {
            return None;
        }
        let doubted = |verdict: &Value| {
            let (when_true, when_false) = match &verdict.predicate {
                Some(predicate) => (predicate.when_true.clone(), predicate.when_false.clone()),
                None => Default::default(),
            };
            if bad {
                verdict.with_predicate(when_true, with_doubts(&when_false, &inputs, whole))
            } else {
                verdict.with_predicate(with_doubts(&when_true, &inputs, whole), when_false)
            }
        };
        if let Some(mut elements) = verdict_and_reason(value) {
            elements[0] = doubted(&elements[0]);
            return Some(Value::tuple(elements).with_identity(value.identity));
        }
        if value.truth().is_some() {
            return None;
        }
        Some(doubted(value))
    }

    /// The parameters of a function, but for the receiver.
    fn tested(&mut self, frame: &Frame<'p>) -> Vec<Identity> {
        let method = usize::from(self.is_method(frame.body));
        let ir = frame.ir;
        let mut inputs = Vec::new();
        for (index, parameter) in ir.parameters.iter().enumerate().skip(method) {
            if !matches!(parameter.kind, ParameterKind::Starred | ParameterKind::DoubleStarred) {
                inputs.push(Identity::Path(self.parameter_path(index)));
            }
        }
        inputs
    }
}

/// `(True, None)`, `(False, "why not")`: the first element says what is found, of tuples of one length.
fn verdict_and_reason(value: &Value) -> Option<Vec<Value>> {
    if value.other {
        return None;
    }
    let mut all: Option<Vec<Value>> = None;
    for reference in &value.refs {
        let Ref::Tuple(elements) = reference else { return None };
        all = Some(match all {
            None => elements.to_vec(),
            Some(earlier) if earlier.len() == elements.len() => {
                earlier.iter().zip(elements.iter()).map(|(one, other)| one.join(other)).collect()
            }
            Some(_) => return None,
        });
    }
    let all = all?;
    let verdict = all.first()?;
    let is_truth = |constant: &Constant| matches!(constant, Constant::Boolean(_) | Constant::None);
    (verdict.truth().is_none() && verdict.refs.is_empty() && verdict.constants.iter().all(is_truth))
        .then_some(all)
}

/// Whether a value has data in it, or one of the values in a tuple.
fn carries(value: &Value) -> bool {
    value.has_labels()
        || value.refs.iter().any(|one| matches!(one, Ref::Tuple(all) if all.iter().any(Value::has_labels)))
}

/// What stands behind an `await`.
fn awaited(expression: &Expr) -> &Expr {
    match &expression.kind {
        ExprKind::Await(inner) => inner,
        _ => expression,
    }
}

/// Whether a statement is a text that nobody uses.
fn is_documentation(statement: &Stmt) -> bool {
    matches!(&statement.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Constant(_)))
}

/// Facts, and doubts about the inputs; where the facts are the whole proof, about those of which there are none.
fn with_doubts(facts: &Facts, inputs: &[Identity], whole: bool) -> Facts {
    let mut all = (**facts).clone();
    for input in inputs {
        let doubt = Fact { unsure: true, ..Fact::default() };
        match all.binary_search_by_key(input, |(own, _)| *own) {
            Ok(at) if !whole || !is_protection(&all[at].1) => all[at].1 = all[at].1.and(&doubt),
            Ok(_) => {}
            Err(at) => all.insert(at, (*input, doubt)),
        }
    }
    Rc::new(all)
}

/// Whether a value is a part of an address (its host), of which a test can say where that leads.
pub(super) fn is_part_of_address(frame: &Frame<'_>, value: &Value) -> bool {
    let implied = value.identity.and_then(|identity| frame.state.fact(identity)?.implies);
    implied.is_some_and(|(_, kinds)| kinds.contains(SinkKind::Redirect))
}

/// Whether a function's own name says that what it does is safe (`redirect_safely`, `safe_join`).
pub(super) fn is_called_safe(qualified_name: &str) -> bool {
    const WORDS: &[&str] = &["safe", "safely"];
    let name = qualified_name.rsplit('.').next().unwrap_or_default();
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a fact says what data can be, and not only that it's there.
fn is_protection(fact: &Fact) -> bool {
    fact.chars != CharSet::ALL
        || fact.cleared != KindSet::EMPTY
        || fact.form != Form::NONE
        || fact.trusted
        || fact.one_of.is_some()
        || fact.inside.is_some()
        || fact.prefix.is_some()
        || fact.break_at_end
}

/// `if not ALLOW_ANY and not is_good(name): raise`: one of several conditions proved something of a value, and
/// another, which no data has a say in, lets it pass as well.
pub(super) fn opted_out(joined: &mut State, before: &Facts, ways: &[(Facts, bool)]) {
    if !ways.iter().any(|(_, neutral)| *neutral) || ways.iter().all(|(_, neutral)| *neutral) {
        return;
    }
    let known = |facts: &Facts, identity: Identity| {
        let at = facts.binary_search_by_key(&identity, |(own, _)| *own);
        at.is_ok_and(|at| is_protection(&facts[at].1))
    };
    for (way, _) in ways.iter().filter(|(_, neutral)| !neutral) {
        for (identity, fact) in way.iter() {
            if is_protection(fact) && !known(before, *identity) && !known(&joined.facts, *identity) {
                joined.add_fact(*identity, &Fact { unsure: true, ..Fact::default() });
            }
        }
    }
}

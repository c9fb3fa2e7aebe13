//! The module `re`: what patterns prove about texts and leave of them.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Fact, Facts, Identity, Label, Object, ObjectKind, Partial, Ref, Value};
use crate::text::regex::{self, GroupName, MatchMode, RegexFacts, RegexFlags};
use crate::text::{CharSet, SinkKind};

/// Whether a simple pattern matches the whole of a text, case ignored. For conditions of models.
pub(super) fn simple_match(pattern: &str, text: &str) -> bool {
    // Models use alternations of characters, `.`, and their repetitions; no more is needed.
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern = pattern.trim_start_matches("(?i)").trim_start_matches("(?s)").to_lowercase();
    pattern.split('|').any(|alternative| {
        // The places in the text that are reached after each item.
        let mut places = vec![false; text.len() + 1];
        places[0] = true;
        for Repetition { character, least, most } in repetitions(alternative) {
            let mut reached = vec![false; text.len() + 1];
            for start in (0..=text.len()).filter(|&at| places[at]) {
                let fits = |one: &&char| character.is_none_or(|own| own == **one);
                let fitting = text[start..].iter().take_while(fits).count();
                reached[start..=start + fitting.min(most)].iter_mut().skip(least).for_each(|at| *at = true);
            }
            places = reached;
        }
        places[text.len()]
    })
}

/// A character, or any one, that stands so often in a row.
struct Repetition {
    character: Option<char>,
    least: usize,
    most: usize,
}

fn repetitions(pattern: &str) -> Vec<Repetition> {
    let mut items: Vec<Repetition> = Vec::new();
    let mut rest = pattern.chars();
    while let Some(one) = rest.next() {
        let (least, most) = match one {
            '*' => (0, usize::MAX),
            '+' => (1, usize::MAX),
            '?' => (0, 1),
            '{' => {
                let bounds: String = rest.by_ref().take_while(|&one| one != '}').collect();
                let (least, most) = bounds.split_once(',').unwrap_or((&bounds, &bounds));
                (least.parse().unwrap_or(0), most.parse().unwrap_or(usize::MAX))
            }
            _ => {
                let character = match one {
                    '.' => None,
                    '\\' => rest.next(),
                    _ => Some(one),
                };
                items.push(Repetition { character, least: 1, most: 1 });
                continue;
            }
        };
        if let Some(item) = items.last_mut() {
            (item.least, item.most) = (least, most);
        }
    }
    items
}

impl<'p> Solver<'p> {
    /// A function of `re`, a method of a pattern or a match.
    pub(super) fn regex_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let (owner, method) = name.rsplit_once('.')?;
        match owner {
            "re" | "regex" => {
                let pattern = arguments.get(0, "pattern").unwrap_or_default();
                match method {
                    "compile" => {
                        let flags = arguments.get(1, "flags").unwrap_or_else(|| Value::integer(0));
                        Some(Self::pattern_value(pattern, flags))
                    }
                    "escape" => None,
                    _ => {
                        let flags_at = match method {
                            "sub" | "subn" => 4,
                            "split" => 3,
                            _ => 2,
                        };
                        let flags = arguments.get(flags_at, "flags").unwrap_or_else(|| Value::integer(0));
                        // A compiled pattern may stand in the place of its text.
                        let (pattern, flags) = Self::pattern_parts(&pattern).unwrap_or((pattern, flags));
                        let mut rest = arguments.clone();
                        if !rest.positional.is_empty() {
                            rest.positional.remove(0);
                        }
                        self.regex_method(frame, method, &pattern, &flags, &rest, span)
                    }
                }
            }
            "re.Pattern" => {
                let (pattern, flags) = Self::pattern_parts(receiver?)?;
                self.regex_method(frame, method, &pattern, &flags, arguments, span)
            }
            "re.Match" => self.match_method(frame, method, receiver?, arguments, span),
            _ => None,
        }
    }

    fn pattern_value(pattern: Value, flags: Value) -> Value {
        Value::reference(Ref::Partial(Rc::new(Partial {
            callee: Value::external(Symbol::new("re.Pattern")),
            positional: vec![pattern, flags],
            keywords: Vec::new(),
        })))
    }

    /// A method of a compiled pattern or of a match.
    pub(super) fn regex_member(partial: &Partial, name: Symbol) -> Option<Ref> {
        let [Ref::External(owner)] = partial.callee.refs.as_slice() else { return None };
        matches!(owner.as_str(), "re.Pattern" | "re.Match")
            .then(|| Ref::External(Symbol::new(&format!("{owner}.{name}"))))
    }

    fn pattern_parts(value: &Value) -> Option<(Value, Value)> {
        value.refs.iter().find_map(|reference| match reference {
            Ref::Partial(partial)
                if partial.callee.refs.first().is_some_and(
                    |one| matches!(one, Ref::External(name) if name.as_str() == "re.Pattern"),
                ) =>
            {
                Some((partial.positional.first()?.clone(), partial.positional.get(1)?.clone()))
            }
            _ => None,
        })
    }

    /// Data is matched against a pattern that can take exponential time.
    fn slow_match(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        facts: &RegexFacts,
        arguments: &Arguments,
        span: Span,
    ) {
        let (at, mode) = match method {
            "match" => (0, MatchMode::Match),
            "fullmatch" => (0, MatchMode::FullMatch),
            "search" | "findall" | "finditer" | "split" => (0, MatchMode::Search),
            "sub" | "subn" => (1, MatchMode::Search),
            _ => return,
        };
        let Some(text) = arguments.get(at, "string") else { return };
        let text = self.read(frame, &text);
        if text.has_labels() && facts.is_exponential(mode) {
            self.sink(frame, SinkKind::PatternSubject, &text, span, Symbol::new(&format!("re.{method}")));
        }
    }

    fn facts_of(pattern: &Value, flags: &Value) -> Option<RegexFacts> {
        let text = pattern.as_string()?;
        let flags = RegexFlags::from_bits(u32::try_from(flags.as_integer()?).ok()?);
        regex::facts(text, flags)
    }

    fn regex_method(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        pattern: &Value,
        flags: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        Self::demand_value(frame, pattern);
        let facts = Self::facts_of(pattern, flags);
        if let Some(facts) = &facts {
            self.slow_match(frame, method, facts, arguments, span);
        }
        let mode = match method {
            "match" => Some(MatchMode::Match),
            "search" => Some(MatchMode::Search),
            "fullmatch" => Some(MatchMode::FullMatch),
            _ => None,
        };
        if let Some(mode) = mode {
            let text = arguments.get(0, "string").unwrap_or_default();
            let text = self.read(frame, &text);
            let found = Value::reference(Ref::Partial(Rc::new(Partial {
                callee: Value::external(Symbol::new("re.Match")),
                positional: vec![pattern.clone(), flags.clone(), text.clone()],
                keywords: Vec::new(),
            })));
            let value = found.join(&Value::none());
            let (Some(facts), Some(identity)) = (facts, text.identity) else {
                return Some(value.with_identity(Some(Identity::Site(span.start, 71))));
            };
            let proof = facts.proved(mode);
            let mut fact = Fact { truth: None, not_none: true, ..Fact::default() };
            let newline = if proof.trailing_newline { CharSet::of("\n") } else { CharSet::EMPTY };
            fact.chars = proof.chars | newline;
            fact.break_at_end = proof.trailing_newline && !proof.chars.contains('\n');
            if let Some(finite) = &proof.finite {
                let breaks: &[&str] = if proof.trailing_newline { &["", "\n"] } else { &[""] };
                fact.one_of = Some(Value::texts(finite.iter().flat_map(|text| {
                    breaks.iter().map(move |end| crate::domain::Text::literal(&format!("{text}{end}")))
                })));
            }
            if let Some(prefix) = &proof.prefix
                && !prefix.is_empty()
            {
                fact.prefix = Some(Symbol::new(prefix));
            }
            let refuted = Fact { chars: !facts.refuted(mode), ..Fact::default() };
            let value = value.with_identity(Some(Identity::Site(span.start, 71)));
            frame.state.forget(Identity::Site(span.start, 71));
            return Some(
                value.with_predicate(Rc::new(vec![(identity, fact)]), Rc::new(vec![(identity, refuted)])),
            );
        }
        match method {
            "sub" | "subn" => {
                let replacement = arguments.get(0, "repl").unwrap_or_default();
                let text = arguments.get(1, "string").unwrap_or_default();
                let text = self.text_of_object(frame, &text);
                let callable = replacement.refs.iter().any(|one| {
                    matches!(one, Ref::Function(..) | Ref::Bound(_) | Ref::Partial(_) | Ref::External(_))
                });
                let limited = arguments.positional.get(2).is_some_and(|count| count.as_integer() != Some(0))
                    || arguments.keyword("count").is_some();
                // Of a pattern that is one character, it is what `replace` does.
                let plain = pattern
                    .as_string()
                    .is_some_and(|one| one.chars().count() == 1 && !".^$*+?{}[]\\|()".contains(one))
                    && replacement.as_string().is_some_and(|to| !to.contains('\\'));
                let mut result = match &facts {
                    Some(_) if !limited && plain => {
                        let given = Arguments::of(vec![pattern.clone(), replacement.clone()]);
                        Self::replaced(&text, &given)
                    }
                    Some(facts) if !limited => {
                        let substitution = facts.substituted(replacement.as_string());
                        text.map_text(str::to_owned, |labels| {
                            labels.restrict(substitution.keeps, substitution.adds)
                        })
                    }
                    _ => text.map_text(str::to_owned, crate::domain::Labels::inexact),
                };
                // Literal parts may be changed as well: their text isn't known any longer.
                result = result.edit(|data| {
                    let constants: Vec<_> =
                        data.texts.iter().filter(|text| text.as_constant().is_some()).cloned().collect();
                    if !constants.is_empty() && data.texts.len() == constants.len() {
                        data.texts.clear();
                        data.other = true;
                    }
                });
                if callable {
                    let found = Value::reference(Ref::Partial(Rc::new(Partial {
                        callee: Value::external(Symbol::new("re.Match")),
                        positional: vec![pattern.clone(), flags.clone(), text.clone()],
                        keywords: Vec::new(),
                    })));
                    let made = self.call(frame, &replacement, &Arguments::of(vec![found]), span);
                    result = result.with_labels(&made.own_labels().inexact());
                } else {
                    result = result.with_labels(&replacement.own_labels().inexact());
                }
                let result = result.with_identity(Some(Identity::Site(span.start, 72)));
                frame.state.forget(Identity::Site(span.start, 72));
                if method == "subn" {
                    Some(Value::tuple(vec![result, Value::unknown()]))
                } else {
                    Some(result)
                }
            }
            "findall" | "split" => {
                let text = arguments.get(0, "string").unwrap_or_default();
                let labels = self.deep_labels(frame, &text);
                let keeps = match &facts {
                    Some(facts) if method == "findall" => facts.found_chars(),
                    Some(facts) => facts.split_chars(),
                    None => CharSet::ALL,
                };
                let element = Value::opaque(labels.restrict(keeps, CharSet::EMPTY).inexact());
                let refuted = match (&facts, text.identity) {
                    (Some(facts), Some(identity)) if method == "findall" => {
                        let chars = !facts.refuted(MatchMode::Search);
                        Rc::new(vec![(identity, Fact { chars, ..Fact::default() })])
                    }
                    _ => Facts::default(),
                };
                let element = match &facts {
                    Some(facts) if method == "findall" && facts.group_count() > 1 => Value::tuple(
                        (1..=facts.group_count())
                            .map(|group| {
                                let keeps = facts.group_chars(GroupName::Index(group));
                                Value::opaque(labels.restrict(keeps, CharSet::EMPTY).inexact())
                            })
                            .collect(),
                    ),
                    _ => element,
                };
                // Where nothing is found, the text has nothing of it.
                let list = self.loose_list(frame, element, span, 73);
                Some(list.with_predicate(Facts::default(), refuted))
            }
            "finditer" => {
                let text = arguments.get(0, "string").unwrap_or_default();
                let found = Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: Value::external(Symbol::new("re.Match")),
                    positional: vec![pattern.clone(), flags.clone(), text],
                    keywords: Vec::new(),
                })));
                Some(self.loose_list(frame, found, span, 74))
            }
            _ => None,
        }
    }

    fn match_method(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let mut result = Value::undefined();
        if matches!(method, "group" | "__getitem__")
            && receiver.refs.iter().any(|one| matches!(one, Ref::Object(_)))
        {
            // A match of the caller's: some part of its text.
            let labels = self.deep_labels(frame, receiver);
            result = Value::opaque(labels.inexact());
        }
        for reference in &receiver.refs {
            let Ref::Partial(partial) = reference else { continue };
            let [pattern, flags, text] = partial.positional.as_slice() else { continue };
            let facts = Self::facts_of(pattern, flags);
            let labels = self.deep_labels(frame, text);
            let constants = text.is_constant();
            let group = |key: Option<&Value>| -> Value {
                let (chars, finite) = match (&facts, key) {
                    (Some(facts), None) => {
                        (facts.group_chars(GroupName::Index(0)), facts.group(GroupName::Index(0)).finite)
                    }
                    (Some(facts), Some(key)) => match (key.as_integer(), key.as_string()) {
                        (Some(number), _) => {
                            let name = GroupName::Index(number as u32);
                            (facts.group_chars(name), facts.group(name).finite)
                        }
                        (_, Some(name)) => {
                            let name = GroupName::Name(name);
                            (facts.group_chars(name), facts.group(name).finite)
                        }
                        _ => (CharSet::ALL, None),
                    },
                    (None, _) => (CharSet::ALL, None),
                };
                if let Some(finite) = finite {
                    return Value::texts(finite.iter().map(|text| crate::domain::Text::literal(text)));
                }
                if constants {
                    return Value::unknown();
                }
                Value::opaque(labels.map(|label| {
                    let label = label.changed();
                    Label { chars: label.chars & chars, adds: label.adds & chars, ..label }
                }))
            };
            let value = match method {
                "group" | "__getitem__" => match arguments.positional.as_slice() {
                    [] => group(None),
                    [one] => group(Some(one)),
                    several => Value::tuple(several.iter().map(|one| group(Some(one))).collect()),
                },
                "groups" => {
                    if let Some(facts) = &facts {
                        let groups = 1..=facts.group_count();
                        Value::tuple(
                            groups.map(|number| group(Some(&Value::integer(i64::from(number))))).collect(),
                        )
                    } else {
                        let element = Value::opaque(labels.inexact());
                        self.loose_list(frame, element, span, 75)
                    }
                }
                "groupdict" => {
                    let mut object = Object::new(ObjectKind::Dictionary);
                    if let Some(facts) = &facts {
                        for (name, _) in facts.group_names() {
                            let key = crate::domain::Key::Text(Symbol::new(name));
                            object.set_entry(key, group(Some(&Value::string(name))));
                        }
                    } else {
                        object.exact = false;
                        object.rest = Value::opaque(labels.inexact());
                    }
                    Value::object(self.allocate(frame, span, 76, object))
                }
                "string" => text.clone(),
                "expand" => {
                    let template = arguments.get(0, "template").unwrap_or_default();
                    Value::opaque(labels.union(&template.own_labels()).inexact())
                }
                _ => Value::unknown(),
            };
            result = result.join(&value);
        }
        (!result.is_undefined()).then_some(result)
    }
}

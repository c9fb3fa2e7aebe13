//! Methods of texts, and of values of which only labels are known.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{
    Constant, Fact, Identity, Kept, Key, Label, Labels, Measure, Nature, ObjectKind, Part, Ref, Text, Value,
};
use crate::text::{CharSet, Form, SinkKind};

pub(super) const METHODS: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "decode",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "hex",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// Whether texts have a method of this name.
pub(super) fn is_text_method(name: &str) -> bool {
    METHODS.contains(&name)
}

impl<'p> Solver<'p> {
    /// A method of `str` or `bytes`.
    pub(super) fn str_method(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        if !METHODS.contains(&name) && !name.starts_with("__") {
            return None;
        }
        let receiver = &self.text_of_object(frame, receiver);
        let argument = |at: usize| arguments.positional.get(at).cloned();
        let all = receiver.as_strings().map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
        let letters = CharSet::LETTERS.with_other();
        let predicate = |keeps: CharSet, test: &dyn Fn(&str) -> bool| -> Value {
            if let Some(all) = &all {
                let hits = all.iter().filter(|text| test(text)).count();
                if hits == all.len() {
                    return Value::boolean(true);
                }
                if hits == 0 {
                    return Value::boolean(false);
                }
            }
            match receiver.identity {
                Some(identity) => {
                    let fact = Fact { chars: keeps, truth: Some(true), ..Fact::default() };
                    Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Rc::default())
                }
                None => Value::either(),
            }
        };
        let changed = |frame: &mut Frame<'p>, value: Value| {
            // Calls in a chain begin at the same place.
            let identity = Identity::Site(span.end, 51);
            frame.state.forget(identity);
            // The host of a URL in small letters is still the host of that URL.
            if let Some(implies) =
                receiver.identity.and_then(|own| frame.state.fact(own)).and_then(|fact| fact.implies)
            {
                frame.state.add_fact(identity, &Fact { implies: Some(implies), ..Fact::default() });
            }
            if value.is_constant() { value } else { value.with_identity(Some(identity)) }
        };
        Some(match name {
            "isalnum" => predicate(letters | CharSet::DIGITS, &|text| {
                !text.is_empty() && text.chars().all(char::is_alphanumeric)
            }),
            "isalpha" => {
                predicate(letters, &|text| !text.is_empty() && text.chars().all(char::is_alphabetic))
            }
            "isdigit" | "isdecimal" | "isnumeric" => predicate(CharSet::DIGITS.with_other(), &|text| {
                !text.is_empty() && text.chars().all(char::is_numeric)
            }),
            "isidentifier" => predicate(letters | CharSet::DIGITS | CharSet::of("_"), &|text| {
                text.starts_with(|one: char| one.is_alphabetic() || one == '_')
                    && text.chars().all(|one| one.is_alphanumeric() || one == '_')
            }),
            "isascii" => predicate(CharSet::ASCII, &|text| text.is_ascii()),
            "isspace" => predicate(CharSet::SPACE.with_other(), &|text| {
                !text.is_empty() && text.chars().all(char::is_whitespace)
            }),
            "isprintable" => predicate(!(CharSet::range(0, 31) | CharSet::of("\x7f")), &|text| {
                text.chars().all(|one| !one.is_control())
            }),
            "islower" | "isupper" | "istitle" => Value::either(),
            "startswith" => self.starts_with(frame, receiver, &argument(0).unwrap_or_default()),
            "endswith" => Self::ends_with(frame, receiver, &argument(0).unwrap_or_default()),
            "count" | "find" | "rfind" | "index" | "rindex" => {
                match (receiver.as_string(), argument(0).as_ref().and_then(|one| one.as_string())) {
                    (Some(text), Some(needle)) if arguments.positional.len() == 1 => {
                        let position =
                            |at: Option<usize>| at.map_or(-1, |at| text[..at].chars().count() as i64);
                        match name {
                            "count" if !needle.is_empty() => {
                                Value::integer(text.matches(needle).count() as i64)
                            }
                            "find" | "index" => Value::integer(position(text.find(needle))),
                            "rfind" | "rindex" => Value::integer(position(text.rfind(needle))),
                            _ => Value::unknown(),
                        }
                    }
                    (_, Some(needle)) if arguments.positional.len() == 1 => {
                        let measure = match name {
                            "count" => Measure::Count,
                            "find" | "rfind" => Measure::Place,
                            _ => return Some(Value::unknown()),
                        };
                        Self::note_measure(frame, receiver, needle, measure, span)
                    }
                    _ => Value::unknown(),
                }
            }
            "lower" | "casefold" => {
                let value = receiver.map_text(str::to_lowercase, |labels| {
                    labels.map(|label| Label {
                        chars: lowered(label.chars),
                        form: label.form,
                        ..label.changed()
                    })
                });
                let value = changed(frame, value);
                Self::note_removed(frame, receiver, &value, CharSet::class("A-Z").with_other());
                value
            }
            "upper" => {
                let value = receiver.map_text(str::to_uppercase, |labels| {
                    labels.map(|label| Label {
                        chars: raised(label.chars),
                        form: label.form,
                        ..label.changed()
                    })
                });
                let value = changed(frame, value);
                Self::note_removed(frame, receiver, &value, CharSet::class("a-z").with_other());
                value
            }
            "capitalize" | "title" | "swapcase" | "expandtabs" => {
                let value = receiver.map_text(
                    |text| if name == "title" { titled(text) } else { text.to_owned() },
                    |labels| {
                        labels.map(|label| Label {
                            chars: label.chars.both_cases(),
                            form: label.form,
                            ..label.changed()
                        })
                    },
                );
                changed(frame, value)
            }
            "strip" | "lstrip" | "rstrip" => {
                let chars = match argument(0) {
                    None => Some(" \t\n\r\x0b\x0c".to_owned()),
                    Some(value) if matches!(value.as_constant(), Some(Constant::None)) => {
                        Some(" \t\n\r\x0b\x0c".to_owned())
                    }
                    Some(value) => value.as_string().map(str::to_owned),
                };
                let value = Self::strip(receiver, name, chars.as_deref(), span);
                if let Some(identity) = value.identity {
                    frame.state.forget(identity);
                }
                if let Some(chars) = &chars {
                    let blank = if arguments.positional.is_empty() {
                        CharSet::SPACE.with_other()
                    } else {
                        CharSet::EMPTY
                    };
                    Self::note_removed(frame, receiver, &value, CharSet::of(chars) | blank);
                }
                // An address without blanks around it leads where it leads.
                if chars.is_some_and(|chars| chars.starts_with(' ')) {
                    Self::same_address(frame, receiver, &value);
                }
                value
            }
            "removeprefix" | "removesuffix" => {
                let affix = argument(0).as_ref().and_then(|one| one.as_string().map(str::to_owned));
                let texts = receiver.as_texts().into_iter().map(|text| {
                    let Some(affix) = &affix else {
                        return without_affix(&text, argument(0).as_ref(), name == "removeprefix");
                    };
                    let mut parts = text.parts().to_vec();
                    if name == "removeprefix" {
                        if let Some(Part::Literal(first)) = parts.first_mut()
                            && let Some(rest) = first.strip_prefix(affix.as_str())
                        {
                            *first = rest.into();
                        }
                    } else if let Some(Part::Literal(last)) = parts.last_mut()
                        && let Some(rest) = last.strip_suffix(affix.as_str())
                    {
                        *last = rest.into();
                    }
                    Text::from_parts(parts)
                });
                let value = Value::texts(texts.collect::<Vec<_>>());
                changed(frame, value.map_labels(Labels::inexact))
            }
            "replace" => {
                let value = Self::replaced(receiver, arguments);
                let value = changed(frame, value);
                if arguments.positional.iter().map(Value::as_string).eq([Some("\\"), Some("/")]) {
                    Self::same_address(frame, receiver, &value);
                }
                if let Some(removed) = argument(0).as_ref().and_then(|one| one.as_string()) {
                    Self::note_removed(frame, receiver, &value, CharSet::of(removed));
                }
                value
            }
            "translate" => self.translated(frame, receiver, &argument(0).unwrap_or_default()),
            "center" | "ljust" | "rjust" | "zfill" => {
                let fill = argument(1).map(|one| one.own_labels()).unwrap_or_default();
                let value = receiver.map_text(str::to_owned, Labels::inexact).with_labels(&fill.inexact());
                changed(frame, value)
            }
            "encode" | "decode" => {
                let identity = receiver.identity;
                let mut value = receiver.clone();
                if name == "encode"
                    && argument(0)
                        .as_ref()
                        .and_then(|one| one.as_string())
                        .is_some_and(|codec| codec.eq_ignore_ascii_case("ascii"))
                {
                    value = receiver.map_labels(|labels| labels.restrict(CharSet::ASCII, CharSet::EMPTY));
                }
                if argument(0).as_ref().and_then(|one| one.as_string()).is_some_and(|codec| {
                    matches!(
                        codec,
                        "unicode_escape"
                            | "unicode-escape"
                            | "hex"
                            | "base64"
                            | "rot13"
                            | "idna"
                            | "punycode"
                    )
                }) {
                    // What is escaped has no line breaks; all others give back what was encoded.
                    let escaped = name == "encode" && argument(0).as_ref().is_some_and(escapes_breaks);
                    let chars = if escaped { CharSet::class(" -~") } else { CharSet::ALL };
                    value = receiver.map_labels(|labels| labels.restrict(chars, chars).inexact());
                    value = value.with_encoding(None);
                }
                let nature = if name == "encode" { Nature::Bytes } else { Nature::Plain };
                value.map_labels(|labels| labels.of_nature(nature)).with_identity(identity)
            }
            "hex" => {
                let labels =
                    receiver.own_labels().restrict(CharSet::EMPTY, CharSet::class("0-9a-f")).inexact();
                let text = Value::opaque(labels);
                if arguments.positional.is_empty() {
                    let format = symbol!("hexadecimal");
                    text.with_encoding(self.encoding(frame, format, Kept::Whole, receiver, None))
                } else {
                    text
                }
            }
            "join" => self.joined(frame, receiver, &argument(0).unwrap_or_default(), span),
            "split" | "rsplit" | "splitlines" => {
                let pieces = self.split_text(frame, receiver, name, arguments, span);
                if let (Some(Identity::Entity(entity)), [Ref::Object(id)]) =
                    (receiver.identity, pieces.refs.as_slice())
                    && arguments.positional.iter().all(Value::is_constant)
                    && arguments.keywords.is_empty()
                {
                    let given: Vec<&str> =
                        arguments.positional.iter().map(|one| one.as_string().unwrap_or("?")).collect();
                    let expression = Value::string(&format!("{entity}.{name}({given:?})"));
                    let field = Symbol::new(super::containers::RESULT_OF);
                    self.change(frame, *id, |object| object.set_field(field, expression));
                }
                pieces
            }
            "partition" | "rpartition" => {
                let separator = argument(0).unwrap_or_default();
                if let (Some(text), Some(separator)) = (receiver.as_string(), separator.as_string())
                    && !separator.is_empty()
                {
                    let parts = if name == "partition" {
                        text.split_once(separator)
                    } else {
                        text.rsplit_once(separator)
                    };
                    return Some(match parts {
                        Some((head, tail)) => Value::tuple(vec![
                            Value::string(head),
                            Value::string(separator),
                            Value::string(tail),
                        ]),
                        None => Value::tuple(vec![Value::string(text), Value::string(""), Value::string("")]),
                    });
                }
                let pieces =
                    Self::split_parts(receiver, separator.as_string(), name == "rpartition", Some(1));
                let (head, tail) = match pieces {
                    Some(pieces) if pieces.len() == 2 => (pieces[0].clone(), pieces[1].clone()),
                    _ => {
                        let part = Value::opaque(receiver.own_labels().inexact());
                        (part.clone(), part)
                    }
                };
                let head = if name == "partition" { without(&head, separator.as_string()) } else { head };
                let tail = if name == "rpartition" { without(&tail, separator.as_string()) } else { tail };
                Value::tuple(vec![head, separator, tail])
            }
            "format" => self.format_method(frame, receiver, arguments, span),
            "format_map" => {
                let mapping = argument(0).unwrap_or_default();
                let mut given = Arguments::default();
                match self.known_entries(frame, &mapping) {
                    Some((entries, _)) => {
                        for (key, value) in entries {
                            if let Key::Text(name) = key {
                                given.keywords.push((name, value));
                            }
                        }
                    }
                    None => given.keyword_rest = Some(self.values_of(frame, &mapping)),
                }
                self.format_method(frame, receiver, &given, span)
            }
            "__len__" | "__hash__" => Value::unknown(),
            "__contains__" => {
                let item = argument(0).unwrap_or_default();
                self.compare_values(frame, vansire_python::ir::CompareOperator::In, &item, receiver, span)
            }
            "__eq__" | "__ne__" => Value::either(),
            "__add__" => self.concatenate(frame, receiver, &argument(0).unwrap_or_default()),
            "__mod__" => self.percent(frame, receiver, &argument(0).unwrap_or_default(), span),
            "__getitem__" => {
                let index = argument(0).unwrap_or_default();
                self.subscript(frame, receiver, &index, span)
            }
            "__str__" | "__format__" => receiver.clone(),
            _ => return None,
        })
    }

    // ---- single methods

    /// Notes that as an address both lead to the same place.
    fn same_address(frame: &mut Frame<'p>, address: &Value, normal: &Value) {
        if let (Some(address), Some(own)) =
            (address.identity.filter(|_| address.has_labels()), normal.identity)
            && address != own
            && frame.state.fact(own).is_none_or(|fact| fact.implies.is_none())
        {
            let implies = Some((address, super::guards::ADDRESSES));
            frame.state.add_fact(own, &Fact { implies, ..Fact::default() });
        }
    }

    /// Notes that a value is the receiver without some characters.
    fn note_removed(frame: &mut Frame<'p>, receiver: &Value, value: &Value, removed: CharSet) {
        let (Some(whole), Some(own)) = (receiver.identity, value.identity) else { return };
        let (whole, earlier) = match frame.state.fact(whole).and_then(|fact| fact.without) {
            Some(before) => before,
            None => (whole, CharSet::EMPTY),
        };
        if whole != own {
            let fact = Fact { without: Some((whole, earlier | removed)), ..Fact::default() };
            frame.state.add_fact(own, &fact);
        }
    }

    fn strip(receiver: &Value, name: &str, chars: Option<&str>, span: Span) -> Value {
        let trim = |text: &str, front: bool, back: bool| -> String {
            let Some(chars) = chars else { return text.to_owned() };
            let mut text = text;
            if front {
                text = text.trim_start_matches(|one| chars.contains(one));
            }
            if back {
                text = text.trim_end_matches(|one| chars.contains(one));
            }
            text.to_owned()
        };
        let (front, back) = (name != "rstrip", name != "lstrip");
        let quotes = chars.is_none_or(|chars| chars.contains(['\'', '"']));
        let without = chars.map_or(Form::NONE, |chars| Form::without_first(CharSet::of(chars)));
        let texts: Vec<Text> = receiver
            .as_texts()
            .into_iter()
            .map(|text| {
                let text = trimmed_whole(&text, chars, front);
                let count = text.parts().len();
                let parts = text
                    .parts()
                    .iter()
                    .enumerate()
                    .map(|(at, part)| match part {
                        Part::Literal(text) => {
                            Part::Literal(trim(text, front && at == 0, back && at + 1 == count).into())
                        }
                        Part::Hole { labels, .. } => {
                            let labels = if front && at == 0 && without != Form::NONE {
                                labels.map(|label| {
                                    // Segments stay what they are where only separators go.
                                    let kept = if chars == Some("/") { label.form } else { Form::NONE };
                                    Label { form: kept.union(without), ..label.changed() }
                                })
                            } else {
                                labels.map(|label| Label { nature: label.nature, ..label.changed() })
                            };
                            Part::Hole {
                                labels: if quotes { labels.unquoted() } else { labels },
                                identity: None,
                            }
                        }
                    })
                    .collect();
                Text::from_parts(parts)
            })
            .collect();
        let value = Value::texts(texts);
        if value.is_constant() { value } else { value.with_identity(Some(Identity::Site(span.end, 56))) }
    }

    pub(super) fn replaced(receiver: &Value, arguments: &Arguments) -> Value {
        let (Some(from), Some(to)) = (arguments.positional.first(), arguments.positional.get(1)) else {
            return Value::opaque(receiver.own_labels().inexact());
        };
        let (from_text, to_text) = (from.as_string(), to.as_string());
        let limited = arguments.positional.len() > 2 || !arguments.keywords.is_empty();
        let added = to.own_labels().inexact();
        let value = match from_text {
            Some(from) => {
                let mut characters = from.chars();
                let single = match (characters.next(), characters.next()) {
                    (Some(one), None) if !limited => Some(one),
                    _ => None,
                };
                let mut adds = to_text.map_or(CharSet::ALL, CharSet::of);
                // The number of a character behind a backslash, as LDAP has it: this backslash takes no meaning
                // from what follows.
                if let (Some(single), Some(to)) = (single, to_text)
                    && matches!(single, '*' | '(' | ')' | '\0')
                    && to.eq_ignore_ascii_case(&format!("\\{:02x}", single as u32))
                {
                    adds = adds.minus(CharSet::of("\\"));
                }
                receiver.map_text(
                    |text| match to_text {
                        Some(to) if !limited && !from.is_empty() => text.replace(from, to),
                        _ => text.to_owned(),
                    },
                    |labels| match single {
                        Some(single) => {
                            let labels = &if matches!(single, '\'' | '"' | '\\') {
                                labels.unquoted()
                            } else {
                                labels.clone()
                            };
                            let mut set = CharSet::EMPTY;
                            set.insert(single);
                            // A backslash or a second quote in front of a quote makes it a part of the text.
                            let doubled = to_text.is_some_and(|to| to.contains(single) && to.len() > 1);
                            // Unless the text has backslashes of its own, which take away this one's meaning.
                            let by_backslash =
                                single != '\\' && to_text.is_some_and(|to| to == format!("\\{single}"));
                            let undone = by_backslash && labels.chars().contains('\\');
                            let labels = labels
                                .restrict(!set, if doubled && !undone { adds.minus(set) } else { adds });
                            if doubled {
                                labels.clear(doubled_kinds(single, to_text.unwrap_or_default()))
                            } else {
                                labels
                            }
                        }
                        // Taken away wherever it stands, a text of equal characters leaves at most one of them
                        // in a row: no dots that lead upwards.
                        None if from == ".." && !limited && to_text.is_some_and(|to| !to.contains('.')) => {
                            labels
                                .restrict(CharSet::ALL, adds)
                                .map(|label| Label { form: Form::NO_PARENTS, ..label.changed() })
                        }
                        None => labels.inexact(),
                    },
                )
            }
            None => receiver.map_text(str::to_owned, Labels::inexact),
        };
        if to_text.is_none() && added.is_empty() { value } else { value.with_labels(&added) }
    }

    fn translated(&mut self, frame: &mut Frame<'p>, receiver: &Value, table: &Value) -> Value {
        // `str.maketrans` and literal tables: which characters go, which come.
        let mut removed = CharSet::EMPTY;
        let mut added = CharSet::EMPTY;
        let mut known = false;
        if let [Ref::Object(id)] = table.refs.as_slice()
            && !table.other
        {
            let object = self.object(frame, *id);
            if object.kind == ObjectKind::Dictionary && object.rest.is_undefined() {
                known = true;
                for (key, value) in &object.entries {
                    match key {
                        Key::Integer(code) => {
                            if let Some(one) = u32::try_from(*code).ok().and_then(char::from_u32) {
                                removed.insert(one);
                            }
                        }
                        Key::Text(text) => {
                            text.as_str().chars().for_each(|one| removed.insert(one));
                        }
                        _ => {}
                    }
                    if let Some(text) = value.as_string() {
                        added = added | CharSet::of(text);
                    } else if let Some(code) = value.as_integer()
                        && let Some(one) = u32::try_from(code).ok().and_then(char::from_u32)
                    {
                        added.insert(one);
                    }
                }
            }
        }
        if !known {
            return Value::opaque(receiver.own_labels().inexact());
        }
        // Non-ASCII characters go only if all were named, which nobody does.
        let removed = CharSet::ASCII & removed;
        receiver.map_text(
            |text| text.chars().filter(|&one| !removed.contains(one)).collect(),
            |labels| labels.restrict(!removed, added),
        )
    }

    fn joined(&mut self, frame: &mut Frame<'p>, separator: &Value, sequence: &Value, span: Span) -> Value {
        if let Some(elements) = self.known_elements(frame, sequence)
            && elements.len() <= 16
            && sequence.texts.is_empty()
        {
            let mut result = Value::string("");
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    result = self.concatenate(frame, &result, separator);
                }
                result = self.concatenate(frame, &result, element);
            }
            return self.identified(frame, result, span, 57);
        }
        let element = self.element(frame, sequence, span);
        let element = self.text_value(frame, &element);
        let labels = element.own_labels().union(&separator.own_labels());
        // One piece after the other: known is what each of them begins with.
        let prefix = match element.texts.as_slice() {
            [text] if !element.other && element.constants.is_empty() => text.prefix().to_owned(),
            _ => String::new(),
        };
        let value = Value::text(Text::from_parts(vec![
            Part::Literal(prefix.into()),
            Part::Hole { labels: between(&labels, separator), identity: None },
        ]));
        self.identified(frame, value, span, 57)
    }
}

/// What doubling or escaping a character makes harmless: a quote inside an SQL literal of that quote.
fn doubled_kinds(single: char, to: &str) -> crate::text::KindSet {
    let mut kinds = crate::text::KindSet::EMPTY;
    if single == '\'' && to == "''" {
        kinds = kinds.with(SinkKind::Xpath);
    }
    kinds
}

/// Pieces of a path with separators between them: together they can lead where none of them could.
fn between(labels: &Labels, separator: &Value) -> Labels {
    match separator.as_strings() {
        Some(all) if all.contains(&"/") => labels.map(|label| {
            let form = label.form.intersection(Form::NO_PARENTS);
            let (chars, adds) = (label.chars | CharSet::of("/"), label.adds | CharSet::of("/"));
            Label { chars, adds, form, ..label.changed() }
        }),
        _ => labels.inexact(),
    }
}

/// A text without a beginning or end that is itself data: `("a" + text).removesuffix(text)`.
fn without_affix(text: &Text, affix: Option<&Value>, front: bool) -> Text {
    let parts = text.parts();
    let end = if front { parts.first() } else { parts.last() };
    if let Some(Part::Hole { identity: Some(own), .. }) = end
        && affix.is_some_and(|affix| affix.identity == Some(*own))
    {
        let rest = if front { &parts[1..] } else { &parts[..parts.len() - 1] };
        return Text::from_parts(rest.to_vec());
    }
    text.map(str::to_owned, Labels::inexact)
}

/// The part in front of a separator has none in it.
fn without(value: &Value, separator: Option<&str>) -> Value {
    match separator {
        Some(separator) if separator.chars().count() == 1 => {
            let set = CharSet::of(separator);
            value.map_labels(|labels| labels.restrict(!set, CharSet::EMPTY))
        }
        _ => value.clone(),
    }
}

fn lowered(chars: CharSet) -> CharSet {
    let upper = CharSet::range(b'A', b'Z');
    let mut result = chars.minus(upper);
    for one in (chars & upper).iter() {
        result.insert(one.to_ascii_lowercase());
    }
    result
}

fn raised(chars: CharSet) -> CharSet {
    let lower = CharSet::range(b'a', b'z');
    let mut result = chars.minus(lower);
    for one in (chars & lower).iter() {
        result.insert(one.to_ascii_uppercase());
    }
    result
}

fn titled(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|one| {
            let result = if start { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() };
            start = !one.is_alphanumeric();
            result
        })
        .collect()
}

/// Whether a method of something unknown looks up what is stored under its arguments, by its name: what it
/// gives was put there by somebody else. What makes a path, an address or a text of its arguments doesn't.
pub(super) fn is_lookup(name: &str) -> bool {
    const VERBS: [&str; 8] = ["get", "find", "fetch", "filter", "exclude", "lookup", "select", "query"];
    const MAKES: [&str; 16] = [
        "path", "url", "uri", "link", "name", "filename", "file", "text", "string", "html", "sql", "query",
        "cmd", "command", "message", "body",
    ];
    let name = name.trim_start_matches("async_").trim_start_matches('_');
    let verb = VERBS
        .iter()
        .any(|verb| name.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')));
    let last = name.rsplit('_').next().unwrap_or_default();
    verb && (last == name || !MAKES.contains(&last))
}

/// Whether the name of a codec is that of one which writes line breaks as escapes.
fn escapes_breaks(codec: &Value) -> bool {
    codec.as_string().is_some_and(|name| matches!(name, "unicode_escape" | "unicode-escape"))
}

/// A text without the literal part at its front of which nothing is left: what stands behind it comes first.
fn trimmed_whole(text: &Text, chars: Option<&str>, front: bool) -> Text {
    match (text.parts(), chars) {
        ([Part::Literal(first), rest @ ..], Some(chars))
            if front && !rest.is_empty() && first.chars().all(|one| chars.contains(one)) =>
        {
            Text::from_parts(rest.to_vec())
        }
        _ => text.clone(),
    }
}

//! `configparser`: what is kept by section and option.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Key, Labels, Object, ObjectId, ObjectKind, Part, PathStep, Ref, Text, Value};

const PARSER: &str = "configparser.RawConfigParser";
const SECTION: &str = "configparser.SectionProxy";
/// The section whose options all others have as well.
const DEFAULT: &str = "DEFAULT";
/// Options that name others which name others are followed this deep.
const MAXIMUM_INTERPOLATION: usize = 4;
/// Where sections and lists of a call stand among what it allocates.
const SECTION_TAG: u32 = 150;

/// A section as a text has it: its name, and its options with their values.
type WrittenSection = (String, Vec<(String, String)>);

impl<'p> Solver<'p> {
    /// What a method of a parser, or of one of its sections, does; none where the models tell.
    pub(super) fn configuration_method(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
        let id = *id;
        if arguments.rest.is_some() || !matches!(self.kind(frame, id), ObjectKind::External(_)) {
            return None;
        }
        match owner {
            SECTION => self.section_method(frame, id, method, arguments),
            PARSER | "configparser.ConfigParser" | "configparser.SafeConfigParser" => {
                self.parser_method(frame, id, method, arguments, span)
            }
            _ => None,
        }
    }

    fn parser_method(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        method: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        Some(match method {
            "add_section" => {
                let section = arguments.get(0, "section")?;
                let empty = self.section(frame, span, 0, Vec::new());
                self.put_section(frame, id, &section, empty)?;
                Value::none()
            }
            "set" => {
                let section = arguments.get(0, "section")?;
                let option = arguments.get(1, "option")?;
                let value = arguments.get(2, "value").unwrap_or_else(Value::none);
                let section = self.section_of(frame, id, &section)?;
                self.put_option(frame, section, &option, &value)?;
                Value::none()
            }
            "get" => {
                let section = arguments.get(0, "section")?;
                let option = arguments.get(1, "option")?;
                let fallback = arguments.keyword("fallback");
                self.option(frame, id, &section, &option, fallback)?
            }
            "items" if !arguments.positional.is_empty() => {
                let section = arguments.get(0, "section")?;
                let section = self.section_of(frame, id, &section)?;
                self.pairs_of_section(frame, id, section, span)?
            }
            "options" => {
                let section = arguments.get(0, "section")?;
                let section = self.section_of(frame, id, &section)?;
                let keys = self.keys_of(frame, &Value::object(section));
                self.loose_list(frame, keys, span, SECTION_TAG + 1)
            }
            "remove_option" => {
                let section = arguments.get(0, "section")?;
                let option = arguments.get(1, "option")?;
                let section = self.section_of(frame, id, &section)?;
                let key = option_key(&option)?;
                self.change(frame, section, |object| object.entries.retain(|(own, _)| *own != key));
                Value::either()
            }
            "remove_section" => {
                let section = arguments.get(0, "section")?;
                let key = single_key(&section)?;
                self.change(frame, id, |object| object.entries.retain(|(own, _)| *own != key));
                Value::either()
            }
            "sections" | "keys" => {
                let object = self.object(frame, id);
                if !object.exact {
                    return None;
                }
                let mut list = Object::new(ObjectKind::List);
                for (key, _) in &object.entries {
                    if *key != Key::Text(Symbol::new(DEFAULT)) {
                        list.push(key.value());
                    }
                }
                Value::object(self.allocate(frame, span, SECTION_TAG + 2, list))
            }
            "read_dict" | "update" => {
                let given = arguments.get(0, "dictionary")?;
                let (sections, complete) = self.known_entries(frame, &given)?;
                if !complete {
                    return None;
                }
                let mut known = Vec::new();
                for (name, options) in sections {
                    let (options, complete) = self.known_entries(frame, &options)?;
                    if !complete {
                        return None;
                    }
                    known.push((name, options));
                }
                for (number, (name, options)) in known.into_iter().enumerate() {
                    self.merge_section(frame, id, &name, options, span, number as u32)?;
                }
                Value::none()
            }
            "read" => {
                let names = arguments.get(0, "filenames")?;
                self.read_files(frame, id, &names, span);
                // What the call gives, the models tell.
                return None;
            }
            "read_string" => {
                let text = arguments.get(0, "string")?;
                let text = text.as_string()?.to_owned();
                let sections = parse(&text)?;
                for (number, (name, options)) in sections.into_iter().enumerate() {
                    let name = Key::Text(Symbol::new(&name));
                    let options = options
                        .into_iter()
                        .map(|(key, value)| (Key::Text(Symbol::new(&key)), Value::string(&value)))
                        .collect();
                    self.merge_section(frame, id, &name, options, span, number as u32)?;
                }
                Value::none()
            }
            _ => return None,
        })
    }

    /// Files of the project that a parser reads. They may be others where the program runs: each option
    /// can be something else as well, so that no branch is taken to be dead for what they say.
    fn read_files(&mut self, frame: &mut Frame<'p>, id: ObjectId, names: &Value, span: Span) {
        let names = match self.known_elements(frame, names) {
            Some(several) if names.texts.is_empty() => several,
            _ => vec![names.clone()],
        };
        // Which sections there are isn't known any more.
        self.change(frame, id, |object| object.exact = false);
        let mut number = 0;
        for name in &names {
            let Some(file) = file_name(name).and_then(|name| self.find_template(frame.file, &name)) else {
                continue;
            };
            let input = self.input;
            let Some(sections) = parse(&input.templates[file as usize].text) else { continue };
            for (name, options) in sections {
                let options = options
                    .into_iter()
                    .map(|(key, value)| {
                        (Key::Text(Symbol::new(&key)), Value::string(&value).join(&Value::unknown()))
                    })
                    .collect();
                let name = Key::Text(Symbol::new(&name));
                if self.merge_section(frame, id, &name, options, span, number).is_none() {
                    return;
                }
                number += 1;
            }
        }
    }

    fn section_method(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        method: &str,
        arguments: &Arguments,
    ) -> Option<Value> {
        if method != "get" {
            return None;
        }
        let option = arguments.get(0, "option")?;
        let fallback = arguments.get(1, "fallback").unwrap_or_else(Value::none);
        let key = option_key(&option)?;
        Some(self.option_of_section(frame, id, None, &key, Some(fallback)))
    }

    /// `parser[section] = mapping`, `section[option] = value`: whether it was one of these.
    pub(super) fn configuration_assigned(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        kind: Symbol,
        index: &Value,
        value: &Value,
        strong: bool,
        span: Span,
    ) -> bool {
        if kind.as_str() == SECTION {
            let before = match option_key(index) {
                Some(key) if !strong => self.object(frame, id).entry(&key).cloned().unwrap_or_default(),
                _ => Value::undefined(),
            };
            return self.put_option(frame, id, index, &before.join(value)).is_some();
        }
        // One of several parsers may keep what it had.
        if !is_parser(kind) || !strong {
            return false;
        }
        let Some(key) = single_key(index) else { return false };
        let Some((options, complete)) = self.known_entries(frame, value) else { return false };
        if !complete {
            return false;
        }
        let options = lowered(options);
        let section = self.section(frame, span, 0, options);
        self.change(frame, id, |object| object.set_entry(key, section));
        true
    }

    /// `parser[section]`, `section[option]` where that is known.
    pub(super) fn configuration_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        kind: Symbol,
        index: &Value,
    ) -> Option<Value> {
        if kind.as_str() == SECTION {
            let key = option_key(index)?;
            return Some(self.option_of_section(frame, id, None, &key, None));
        }
        if !is_parser(kind) {
            return None;
        }
        let key = single_key(index)?;
        let object = self.object(frame, id);
        if object.entry(&key).is_none() && !object.exact && matches!(id, ObjectId::Path(_)) {
            return None;
        }
        let section = object.entry(&key).cloned()?;
        if let [Ref::Object(own)] = section.refs.as_slice() {
            let more = self.read_later(frame, &object, *own);
            if !more.is_empty() {
                return Some(section.join(&Value::opaque(more)));
            }
        }
        // What isn't written in the section itself is looked up among the defaults.
        let defaults = object.entry(&Key::Text(Symbol::new(DEFAULT))).cloned();
        if let (Some(defaults), [Ref::Object(id)]) = (defaults, section.refs.as_slice())
            && self.object(frame, *id).field(Symbol::new("<defaults>")).is_none()
        {
            self.change(frame, *id, |object| object.set_field(Symbol::new("<defaults>"), defaults));
        }
        Some(section)
    }

    fn section(
        &mut self,
        frame: &mut Frame<'p>,
        span: Span,
        number: u32,
        entries: Vec<(Key, Value)>,
    ) -> Value {
        let mut object = Object::new(ObjectKind::External(Symbol::new(SECTION)));
        object.entries = entries;
        Value::object(self.allocate(frame, span, SECTION_TAG + 10 + number, object))
    }

    fn put_section(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: &Value,
        section: Value,
    ) -> Option<()> {
        let key = single_key(name)?;
        self.change(frame, id, |object| object.set_entry(key, section));
        Some(())
    }

    fn section_of(&mut self, frame: &mut Frame<'p>, id: ObjectId, name: &Value) -> Option<ObjectId> {
        let key = single_key(name)?;
        let object = self.object(frame, id);
        match object.entry(&key)?.refs.as_slice() {
            [Ref::Object(section)] if matches!(self.kind(frame, *section), ObjectKind::External(kind) if kind.as_str() == SECTION) => {
                Some(*section)
            }
            _ => None,
        }
    }

    fn put_option(
        &mut self,
        frame: &mut Frame<'p>,
        section: ObjectId,
        option: &Value,
        value: &Value,
    ) -> Option<()> {
        let value = value.clone();
        if let Some(key) = option_key(option) {
            self.change(frame, section, |object| object.set_entry(key, value));
        } else {
            let option = option.clone();
            self.change(frame, section, |object| {
                object.set_unknown(&option, &value);
            });
        }
        Some(())
    }

    fn option(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        section: &Value,
        option: &Value,
        fallback: Option<Value>,
    ) -> Option<Value> {
        let key = option_key(option)?;
        let name = single_key(section)?;
        let object = self.object(frame, id);
        if let Some(section) = self.section_of(frame, id, section) {
            let value = self.option_of_section(frame, section, Some(id), &key, fallback);
            let more = self.read_later(frame, &object, section);
            return Some(if more.is_empty() { value } else { value.join(&Value::opaque(more)) });
        }
        if let ObjectId::Path(path) = id
            && object.entry(&name).is_none()
        {
            // What the caller's parser has there.
            let section = self.path_step(path, PathStep::Key(name));
            let step = self.path_step(section, PathStep::Key(key));
            let value = self.path_value(frame, step);
            return Some(value.join(&fallback.unwrap_or_default()));
        }
        None
    }

    /// The data of a text that was read after a section was known, and may have changed it.
    fn read_later(&mut self, frame: &mut Frame<'p>, parser: &Object, section: ObjectId) -> Labels {
        let labels = parser.rest.own_labels();
        if labels.is_empty() || !self.object(frame, section).rest.is_undefined() {
            return Labels::NONE;
        }
        labels.inexact()
    }

    fn option_of_section(
        &mut self,
        frame: &mut Frame<'p>,
        section: ObjectId,
        parser: Option<ObjectId>,
        key: &Key,
        fallback: Option<Value>,
    ) -> Value {
        let object = self.object(frame, section);
        let mut result = object.rest.clone();
        if let Some(value) = object.entry(key) {
            let value = if object.keys.is_undefined() { value.clone() } else { value.join(&result) };
            return self.interpolated_option(frame, &object, value);
        }
        if let (ObjectId::Path(path), false) = (section, object.exact) {
            let step = self.path_step(path, PathStep::Key(key.clone()));
            result = result.join(&self.path_value(frame, step));
        }
        let defaults = match parser {
            Some(parser) => self.object(frame, parser).entry(&Key::Text(Symbol::new(DEFAULT))).cloned(),
            None => object.field(Symbol::new("<defaults>")).cloned(),
        };
        if let Some(defaults) = defaults
            && let [Ref::Object(defaults)] = defaults.refs.as_slice()
            && *defaults != section
        {
            let defaults = self.object(frame, *defaults);
            if let Some(value) = defaults.entry(key) {
                let value = result.join(value);
                return self.interpolated_option(frame, &object, value);
            }
            result = result.join(&defaults.rest);
        }
        result = result.join(&fallback.unwrap_or_default());
        if result.is_undefined() { Value::unknown() } else { result }
    }

    /// `%(name)s` and `${name}` in an option put another one in.
    fn interpolated_option(&mut self, frame: &mut Frame<'p>, section: &Object, value: Value) -> Value {
        let names_another = |part: &Part| match part {
            Part::Literal(text) => text.contains("%(") || text.contains("${"),
            Part::Hole { .. } => false,
        };
        if !value.texts.iter().flat_map(Text::parts).any(names_another) {
            return value;
        }
        if let Some(known) = self.filled_in(frame, section, &value, 0) {
            return known;
        }
        let labels = self.deep_labels(frame, &section.all());
        value.join(&Value::opaque(labels.inexact()))
    }

    /// An option's text with the options of the same section that it names put in; none where one isn't known.
    fn filled_in(
        &mut self,
        frame: &mut Frame<'p>,
        section: &Object,
        value: &Value,
        depth: usize,
    ) -> Option<Value> {
        let [text] = value.texts.as_slice() else { return None };
        if depth > MAXIMUM_INTERPOLATION
            || value.other
            || !value.refs.is_empty()
            || !value.constants.is_empty()
        {
            return None;
        }
        let mut result = Value::string("");
        for part in text.parts() {
            let Part::Literal(literal) = part else {
                let hole = Value::text(Text::from_parts(vec![part.clone()]));
                result = self.concatenate(frame, &result, &hole);
                continue;
            };
            if literal.contains("${") {
                return None;
            }
            let mut rest = &**literal;
            while let Some(at) = rest.find('%') {
                result = self.concatenate(frame, &result, &Value::string(&rest[..at]));
                rest = &rest[at + 1..];
                if let Some(behind) = rest.strip_prefix('%') {
                    result = self.concatenate(frame, &result, &Value::string("%"));
                    rest = behind;
                    continue;
                }
                let (name, behind) = rest.strip_prefix('(')?.split_once(")s")?;
                let named = section.entry(&lower(Key::Text(Symbol::new(name))))?.clone();
                let named = if named.texts.is_empty() {
                    named
                } else {
                    self.filled_in(frame, section, &named, depth + 1)?
                };
                result = self.concatenate(frame, &result, &named);
                rest = behind;
            }
            result = self.concatenate(frame, &result, &Value::string(rest));
        }
        Some(result)
    }

    fn pairs_of_section(
        &mut self,
        frame: &mut Frame<'p>,
        parser: ObjectId,
        section: ObjectId,
        span: Span,
    ) -> Option<Value> {
        let object = self.object(frame, section);
        let defaults = self.object(frame, parser).entry(&Key::Text(Symbol::new(DEFAULT))).cloned();
        if !object.exact || !object.rest.is_undefined() || defaults.is_some() {
            let keys = self.keys_of(frame, &Value::object(section));
            let mut values = self.values_of(frame, &Value::object(section));
            if let Some(defaults) = defaults {
                values = values.join(&self.values_of(frame, &defaults));
            }
            return Some(self.loose_list(frame, Value::tuple(vec![keys, values]), span, SECTION_TAG + 3));
        }
        let mut list = Object::new(ObjectKind::List);
        for (key, value) in &object.entries {
            list.push(Value::tuple(vec![key.value(), value.clone()]));
        }
        Some(Value::object(self.allocate(frame, span, SECTION_TAG + 3, list)))
    }

    fn merge_section(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: &Key,
        options: Vec<(Key, Value)>,
        span: Span,
        number: u32,
    ) -> Option<()> {
        let options = lowered(options);
        if let Some(section) = self.section_of(frame, id, &name.value()) {
            self.change(frame, section, |object| {
                for (key, value) in options {
                    object.set_entry(key, value);
                }
            });
            return Some(());
        }
        // What was read of a text that isn't known stays for all other options.
        let before = self.object(frame, id).rest.clone();
        let section = self.section(frame, span, number, options);
        if let (false, [Ref::Object(own)]) = (before.is_undefined(), section.refs.as_slice()) {
            let labels = before.own_labels();
            self.change(frame, *own, |object| object.rest = Value::opaque(labels.inexact()));
        }
        self.put_section(frame, id, &name.value(), section)
    }
}

/// The name of a file, or what is known of its end: `join(dirname(__file__), "app.ini")`.
fn file_name(value: &Value) -> Option<String> {
    let [text] = value.texts.as_slice() else { return None };
    match text.parts() {
        [Part::Literal(name)] => Some(name.to_string()),
        [.., Part::Literal(end)] if end.starts_with('/') => Some(end.to_string()),
        _ => None,
    }
}

fn is_parser(kind: Symbol) -> bool {
    matches!(kind.as_str(), PARSER | "configparser.ConfigParser" | "configparser.SafeConfigParser")
}

/// The one constant key that a value is.
fn single_key(value: &Value) -> Option<Key> {
    let mut keys = Key::of(value)?;
    if keys.len() == 1 { keys.pop() } else { None }
}

/// The name of an option: its letters are made small.
fn option_key(value: &Value) -> Option<Key> {
    single_key(value).map(lower)
}

fn lower(key: Key) -> Key {
    match key {
        Key::Text(text) => Key::Text(Symbol::new(&text.as_str().to_lowercase())),
        other => other,
    }
}

fn lowered(options: Vec<(Key, Value)>) -> Vec<(Key, Value)> {
    options.into_iter().map(|(key, value)| (lower(key), value)).collect()
}

/// The sections of a constant text, with their options; none where it has lines of another form.
fn parse(text: &str) -> Option<Vec<WrittenSection>> {
    let mut sections: Vec<WrittenSection> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[') {
            sections.push((name.strip_suffix(']')?.to_owned(), Vec::new()));
            continue;
        }
        // An indented line goes on with the value before it.
        if line.starts_with([' ', '\t']) {
            return None;
        }
        let at = trimmed.find(['=', ':'])?;
        let (name, value) = (trimmed[..at].trim(), trimmed[at + 1..].trim());
        // A value can name others.
        if value.contains('%') || value.contains('$') {
            return None;
        }
        sections.last_mut()?.1.push((name.to_owned(), value.to_owned()));
    }
    Some(sections)
}

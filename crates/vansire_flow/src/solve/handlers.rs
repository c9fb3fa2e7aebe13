//! Methods of the project's classes that the standard library calls: handlers of parsers, visitors, commands and log
//! records. Each may be called any number of times, in any order.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::classes::Ancestor;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, PathStep, Ref, Value};
use crate::text::CharSet;

/// Where the handlers of log records are kept.
const LOG_HANDLERS: &str = "<handlers of log records>";

/// The field of a record that holds its message.
const MESSAGE: &str = "<message>";

impl<'p> Solver<'p> {
    /// A method of a library's class that calls methods of the classes below it.
    pub(super) fn handler_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match name {
            "html.parser.HTMLParser.feed" => {
                let (receiver, data) = (receiver?, arguments.get(0, "data")?);
                let labels = self.text_value(frame, &data).own_labels().inexact();
                // References to characters bring all of them back.
                let text = Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL));
                let word = Value::opaque(labels.restrict(!CharSet::of("\t\n\r\u{c} />"), CharSet::EMPTY));
                let pair = Value::tuple(vec![word.clone(), text.clone().join(&Value::none())]);
                let pairs = self.loose_list(frame, pair, span, 154);
                let calls = [
                    ("handle_starttag", vec![word.clone(), pairs.clone()]),
                    ("handle_startendtag", vec![word.clone(), pairs]),
                    ("handle_data", vec![text.clone()]),
                    ("handle_entityref", vec![word.clone()]),
                    ("handle_charref", vec![word.clone()]),
                    ("handle_comment", vec![text.clone()]),
                    ("handle_decl", vec![text.clone()]),
                    ("handle_pi", vec![text.clone()]),
                    ("unknown_decl", vec![text]),
                    ("handle_endtag", vec![word]),
                ];
                self.handlers(frame, receiver, calls, span);
                Some(Value::none())
            }
            "xml.sax.parse" | "xml.sax.parseString" => {
                let (source, handler) = (arguments.positional.first()?, arguments.get(1, "handler")?);
                let labels = self.deep_labels(frame, source).inexact();
                let text = Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL));
                let calls = [
                    ("startDocument", Vec::new()),
                    ("startElement", vec![text.clone(), text.clone()]),
                    ("characters", vec![text.clone()]),
                    ("processingInstruction", vec![text.clone(), text.clone()]),
                    ("endElement", vec![text]),
                    ("endDocument", Vec::new()),
                ];
                self.handlers(frame, &handler, calls, span);
                None
            }
            "cmd.Cmd.onecmd" => self.command(frame, receiver?, &arguments.get(0, "line")?, span),
            "ast.NodeVisitor.visit" | "ast.NodeVisitor.generic_visit" => {
                let (receiver, node) = (receiver?, arguments.get(0, "node")?);
                let labels = self.deep_labels(frame, &node);
                if labels.is_empty() {
                    return None;
                }
                let part = Value::opaque(labels.inexact());
                let mut result = Value::none();
                for (_, method) in self.methods_named(frame, receiver, "visit_") {
                    let running = Self::function_of(&method)
                        .is_some_and(|body| self.running.iter().any(|one| one.body == body));
                    if !running {
                        let given = Arguments::of(vec![part.clone()]);
                        result = result.join(&self.called_later(frame, &method, &given, span));
                    }
                }
                Some(result)
            }
            "logging.Logger.addHandler" => {
                let handler = arguments.get(0, "hdlr")?;
                if self.special_method(frame, &handler, "emit").is_some() {
                    self.change(frame, ObjectId::External(Symbol::new(LOG_HANDLERS)), |object| {
                        object.rest = object.rest.join(&handler);
                    });
                }
                Some(Value::none())
            }
            "logging.LogRecord.getMessage" => self.message_of(frame, receiver?),
            "logging.Handler.format" | "logging.Formatter.format" => {
                self.message_of(frame, arguments.positional.first()?)
            }
            _ => {
                let (owner, level) = name.rsplit_once('.')?;
                if matches!(owner, "logging" | "logging.Logger")
                    && matches!(
                        level,
                        "debug" | "info" | "warning" | "warn" | "error" | "exception" | "critical" | "fatal"
                    )
                {
                    self.log_handlers(frame, receiver, arguments, span);
                }
                None
            }
        }
    }

    /// Calls those of these methods that a class of the project defines.
    fn handlers<const N: usize>(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        calls: [(&str, Vec<Value>); N],
        span: Span,
    ) {
        for (name, given) in calls {
            if let Some(method) = self.special_method(frame, receiver, name) {
                self.called_later(frame, &method, &Arguments::of(given), span);
            }
        }
    }

    /// The methods of the project's classes whose names begin so, bound to the instance.
    fn methods_named(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        prefix: &str,
    ) -> Vec<(Symbol, Value)> {
        let mut found: Vec<(Symbol, Value)> = Vec::new();
        for reference in &receiver.refs {
            let Ref::Object(id) = reference else { continue };
            let ObjectKind::Instance(class) = self.kind(frame, *id) else { continue };
            for ancestor in self.lineage(frame, class) {
                let Ancestor::Class(class) = ancestor else { continue };
                let namespace = self.object(frame, class.namespace);
                for (name, value) in &namespace.fields {
                    if name.as_str().starts_with(prefix) && !found.iter().any(|(own, _)| own == name) {
                        found.push((*name, Self::bind_function(value, &Value::object(*id))));
                    }
                }
            }
        }
        found
    }

    /// `onecmd("run x")` calls `do_run("x")`.
    fn command(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        line: &Value,
        span: Span,
    ) -> Option<Value> {
        let labels = self.text_value(frame, line).own_labels();
        let known = line.as_string().map(str::to_owned);
        let beginning = match line.texts.as_slice() {
            [text] if !line.other => text.prefix().trim_start().to_owned(),
            _ => String::new(),
        };
        let word = beginning.split_once(|one: char| !(one.is_alphanumeric() || one == '_'));
        let argument = match (&known, word) {
            (Some(_), Some((_, rest))) => Value::string(rest.trim()),
            _ => Value::opaque(labels.inexact()),
        };
        let mut result = Value::none();
        for (name, method) in self.methods_named(frame, receiver, "do_") {
            if word.is_none_or(|(word, _)| name.as_str()[3..] == *word) {
                let given = Arguments::of(vec![argument.clone()]);
                result = result.join(&self.called_later(frame, &method, &given, span));
            }
        }
        if word.is_none()
            && let Some(method) = self.special_method(frame, receiver, "default")
        {
            result =
                result.join(&self.called_later(frame, &method, &Arguments::of(vec![line.clone()]), span));
        }
        Some(result)
    }

    /// Hands a record of what is logged to the project's own handlers.
    fn log_handlers(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) {
        let handlers = self.object(frame, ObjectId::External(Symbol::new(LOG_HANDLERS))).rest.clone();
        if handlers.refs.is_empty() {
            return;
        }
        let Some(text) = arguments.positional.first() else { return };
        let line = self.log_line(frame, &CallSite { receiver, arguments, span });
        let line = match line {
            Some(line) => line,
            None => self.text_value(frame, text),
        };
        let mut record = Object::new(ObjectKind::External(Symbol::new("logging.LogRecord")));
        record.set_field(Symbol::new("msg"), text.clone());
        record.set_field(Symbol::new("args"), Value::tuple(arguments.positional[1..].to_vec()));
        record.set_field(Symbol::new("message"), line.clone());
        record.set_field(Symbol::new(MESSAGE), line);
        let record = Value::object(self.allocate(frame, span, 155, record));
        for reference in &handlers.refs {
            let handler = Value::reference(reference.clone());
            if let Some(method) = self.special_method(frame, &handler, "emit") {
                self.called_later(frame, &method, &Arguments::of(vec![record.clone()]), span);
            }
        }
    }

    fn message_of(&mut self, frame: &mut Frame<'p>, record: &Value) -> Option<Value> {
        let mut result = Value::undefined();
        for reference in &record.refs {
            let Ref::Object(id) = reference else { continue };
            if let Some(message) = self.object(frame, *id).field(Symbol::new(MESSAGE)) {
                result = result.join(&message.clone());
            } else if let ObjectId::Path(path) = id {
                let step = self.path_step(*path, PathStep::Attribute(Symbol::new(MESSAGE)));
                result = result.join(&self.path_value(frame, step));
            }
        }
        (!result.is_undefined()).then_some(result)
    }
}

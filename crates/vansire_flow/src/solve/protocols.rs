//! Functions of the standard library that call what they are given, or hand it on: printing into files, hooks of
//! `json`, managers of other objects, weak references.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{BinaryOperator, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Key, Object, ObjectId, ObjectKind, Partial, Ref, Value};

/// What ends a block of a library's manager, with the manager.
const LEAVE: &str = "<leave>";

/// A weak reference, with what it refers to.
const WEAK: &str = "<weak reference>";

/// What `closing` and `redirect_stdout` are given.
const MANAGED: &str = "<managed>";

/// Objects that a hook of `json` is called for: at most so many, so deep.
const MAXIMUM_HOOKED: usize = 8;
const MAXIMUM_HOOKED_DEPTH: usize = 4;

impl<'p> Solver<'p> {
    /// What such a function gives; none when the name isn't known here.
    pub(super) fn protocol(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let (module, _) = name.split_once('.').unwrap_or((name, ""));
        match module {
            "html" | "xml" | "cmd" | "ast" | "logging" => {
                return self.handler_call(frame, name, receiver, arguments, span);
            }
            "collections" | "typing" => {
                let (owner, method) = name.rsplit_once('.')?;
                return self.mixin_call(frame, owner, method, receiver?, arguments, span);
            }
            "contextvars" | "inspect" => {
                return self.context_variable(frame, name, receiver, arguments, span);
            }
            "struct" => return self.struct_call(frame, name, arguments, span),
            "json" => return self.json_hooks(frame, name, receiver, arguments, span),
            "builtins" | "contextlib" | "weakref" | "types" | "operator" | "atexit" | "os" | "shelve"
            | "argparse" | LEAVE | WEAK => {}
            _ => return None,
        }
        let positional = &arguments.positional;
        match name {
            "builtins.print" => Some(self.printed(frame, arguments, span)),
            "builtins.bytes" => {
                let method = self.special_method(frame, positional.first()?, "__bytes__")?;
                Some(self.call(frame, &method, &Arguments::default(), span))
            }
            "os.fspath" => {
                let method = self.special_method(frame, positional.first()?, "__fspath__")?;
                Some(self.call(frame, &method, &Arguments::default(), span))
            }
            "os.getenv" => {
                let environment = self.object(frame, ObjectId::External(Symbol::new("os.environ")));
                if environment.entries.is_empty() {
                    return None;
                }
                let keys = Key::of(positional.first()?)?;
                let found = keys.iter().map(|key| environment.entry(key)).collect::<Option<Vec<_>>>()?;
                Some(found.into_iter().fold(Value::undefined(), |all, one| all.join(one)))
            }
            "contextlib.closing" | "contextlib.aclosing" | "contextlib.redirect_stdout" => {
                let mut object = Object::new(ObjectKind::External(Symbol::new(name)));
                object.set_field(Symbol::new(MANAGED), positional.first()?.clone());
                Some(Value::object(self.allocate(frame, span, 156, object)))
            }
            LEAVE => self.leave_library(frame, positional.first()?, span),
            "contextlib.ExitStack.push" | "contextlib.AsyncExitStack.push" => {
                let manager = positional.first()?.clone();
                let nothing = Arguments::of(vec![Value::none(), Value::none(), Value::none()]);
                let method = self.exit_method(frame, &manager).unwrap_or_else(|| manager.clone());
                self.called_later(frame, &method, &nothing, span);
                Some(manager)
            }
            "contextlib.ExitStack.enter_context" | "contextlib.AsyncExitStack.enter_async_context" => {
                let manager = arguments.get(0, "cm")?;
                let entered = self.enter(frame, &manager, span);
                if let Some(method) = self.exit_method(frame, &manager) {
                    let nothing = Arguments::of(vec![Value::none(), Value::none(), Value::none()]);
                    self.called_later(frame, &method, &nothing, span);
                }
                Some(entered)
            }
            "atexit.register" => {
                let mut given = arguments.clone();
                let function = (!positional.is_empty()).then(|| given.positional.remove(0))?;
                if brings_something(&function, &given) {
                    self.called_later(frame, &function, &given, span);
                }
                Some(function)
            }
            "weakref.ref" | "weakref.WeakMethod" | "weakref.ReferenceType" => {
                Some(Self::marker(Symbol::new(WEAK), vec![positional.first()?.clone()]))
            }
            WEAK => positional.first().cloned(),
            "weakref.proxy" => positional.first().cloned(),
            "weakref.WeakValueDictionary" | "weakref.WeakKeyDictionary" => {
                self.builtin_function(frame, "dict", arguments, span)
            }
            "weakref.WeakSet" => self.builtin_function(frame, "set", arguments, span),
            "weakref.finalize" => {
                let mut given = arguments.clone();
                let function = positional.get(1)?.clone();
                given.positional.drain(..2);
                if brings_something(&function, &given) {
                    self.called_later(frame, &function, &given, span);
                }
                None
            }
            "types.MethodType" => {
                let (function, own) = (positional.first()?, positional.get(1)?);
                let bound = Self::bind_function(function, own);
                if bound != *function {
                    return Some(bound);
                }
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: function.clone(),
                    positional: vec![own.clone()],
                    keywords: Vec::new(),
                }))))
            }
            "operator.setitem" => {
                let [container, key, value] = positional.as_slice() else { return None };
                self.set_item(frame, container, key, value, span);
                Some(Value::none())
            }
            "operator.delitem" => {
                let [container, key] = positional.as_slice() else { return None };
                self.delete_item(frame, container, key);
                Some(Value::none())
            }
            "operator.iadd" | "operator.iconcat" | "operator.ior" | "operator.iand" | "operator.isub"
            | "operator.ixor" => {
                let [left, right] = positional.as_slice() else { return None };
                let operator = match name {
                    "operator.ior" => BinaryOperator::BitOr,
                    "operator.iand" => BinaryOperator::BitAnd,
                    "operator.isub" => BinaryOperator::Subtract,
                    "operator.ixor" => BinaryOperator::BitXor,
                    _ => BinaryOperator::Add,
                };
                Some(self.augmented(frame, operator, left, right, span))
            }
            "shelve.open" | "shelve.DbfilenameShelf" => {
                let shelf = Object::new(ObjectKind::External(Symbol::new("shelve.Shelf")));
                Some(Value::object(self.allocate(frame, span, 157, shelf)))
            }
            "argparse.ArgumentParser.set_defaults" => {
                let id = Self::parser_defaults(frame);
                for (name, value) in &arguments.keywords {
                    self.change(frame, id, |object| {
                        let before = object.field(*name).cloned().unwrap_or_default();
                        object.set_field(*name, before.join(value));
                    });
                }
                Some(Value::none())
            }
            "argparse.ArgumentParser.parse_args" => {
                let id = Self::parser_defaults(frame);
                let defaults = self.object(frame, id);
                if defaults.fields.is_empty() {
                    return None;
                }
                let mut options = Object::new(ObjectKind::External(Symbol::new("argparse.Namespace")));
                options.fields.clone_from(&defaults.fields);
                let given = arguments.get(0, "args").unwrap_or_default();
                let labels = self.deep_labels(frame, &given).guessed();
                options.rest = Value::opaque(labels.inexact());
                let any = options.rest.clone();
                // It has other attributes than the defaults, and may have others in their place.
                Some(Value::object(self.allocate(frame, span, 158, options)).join(&any))
            }
            _ if name.ends_with(".add_note") => {
                let note = positional.first()?.clone();
                let receiver = receiver?;
                let notes = Symbol::new("__notes__");
                for reference in &receiver.refs {
                    let Ref::Object(id) = reference else { continue };
                    let known = self.object(frame, *id).field(notes).map(|known| known.refs.clone());
                    if let Some(known) = known {
                        for list in &known {
                            if let Ref::Object(list) = list {
                                self.change(frame, *list, |object| object.push(note.clone()));
                            }
                        }
                    } else {
                        let given = Arguments::of(vec![Value::tuple(vec![note.clone()])]);
                        let list = self.builtin_function(frame, "list", &given, span)?;
                        self.write_field(frame, *id, notes, &list, true);
                    }
                }
                Some(Value::none())
            }
            _ => None,
        }
    }

    /// Defaults that parsers of a file set.
    fn parser_defaults(frame: &Frame<'p>) -> ObjectId {
        ObjectId::External(Symbol::new(&format!("<defaults of parsers {}>", frame.file)))
    }

    // ---- printing

    /// `print(…, file=…)` writes; without a file it does so where the standard output was led to.
    fn printed(&mut self, frame: &mut Frame<'p>, arguments: &Arguments, span: Span) -> Value {
        let file = arguments.keyword("file").or_else(|| {
            let system = frame.state.object(ObjectId::External(Symbol::new("sys")))?;
            system.field(Symbol::new("stdout")).cloned()
        });
        let Some(file) = file.filter(|file| file.refs.iter().any(|one| matches!(one, Ref::Object(_)))) else {
            return Value::none();
        };
        let separator =
            arguments.keyword("sep").filter(|one| !is_none(one)).unwrap_or_else(|| Value::string(" "));
        let end = arguments.keyword("end").filter(|one| !is_none(one)).unwrap_or_else(|| Value::string("\n"));
        let mut text = Value::string("");
        for (at, value) in arguments.positional.iter().chain(&arguments.rest).enumerate() {
            if at > 0 {
                text = self.binary(frame, BinaryOperator::Add, &text, &separator, span);
            }
            let value = self.text_value(frame, value);
            text = self.binary(frame, BinaryOperator::Add, &text, &value, span);
        }
        text = self.binary(frame, BinaryOperator::Add, &text, &end, span);
        for reference in &file.refs {
            if matches!(reference, Ref::Object(_)) {
                let write =
                    self.attribute(frame, &Value::reference(reference.clone()), Symbol::new("write"), span);
                self.call(frame, &write, &Arguments::of(vec![text.clone()]), span);
            }
        }
        Value::none()
    }

    // ---- managers

    /// A manager of the library's, by its kind, with what it was given.
    fn managed(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Option<(Symbol, Value)> {
        let object = self.object(frame, id);
        let ObjectKind::External(kind) = object.kind else { return None };
        Some((kind, object.field(Symbol::new(MANAGED))?.clone()))
    }

    /// What a manager of the library's gives its block.
    pub(super) fn enter_library(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Option<Value> {
        let (kind, managed) = self.managed(frame, id)?;
        if kind.as_str() == "contextlib.redirect_stdout" {
            let target = managed.clone();
            self.change(frame, ObjectId::External(Symbol::new("sys")), |object| {
                object.set_field(Symbol::new("stdout"), target);
            });
        }
        Some(managed)
    }

    /// What ends the block of a manager of the library's.
    pub(super) fn library_exit(&mut self, frame: &mut Frame<'p>, manager: &Value) -> Option<Value> {
        let managed = manager
            .refs
            .iter()
            .any(|one| matches!(one, Ref::Object(id) if self.managed(frame, *id).is_some()));
        managed.then(|| Self::marker(Symbol::new(LEAVE), vec![manager.clone()]))
    }

    fn leave_library(&mut self, frame: &mut Frame<'p>, manager: &Value, span: Span) -> Option<Value> {
        for reference in &manager.refs {
            let Ref::Object(id) = reference else { continue };
            let Some((kind, managed)) = self.managed(frame, *id) else { continue };
            if kind.as_str() == "contextlib.redirect_stdout" {
                self.change(frame, ObjectId::External(Symbol::new("sys")), |object| {
                    object.set_field(Symbol::new("stdout"), Value::external(Symbol::new("sys.__stdout__")));
                });
                continue;
            }
            let name = if kind.as_str() == "contextlib.aclosing" { "aclose" } else { "close" };
            if managed.refs.iter().any(|one| matches!(one, Ref::Object(_)))
                && let Some(method) = self.special_method(frame, &managed, name)
            {
                self.call(frame, &method, &Arguments::default(), span);
            }
        }
        Some(Value::boolean(false))
    }

    // ---- json

    /// `json.dumps(value, default=f)`, `json.loads(text, object_hook=f)`: what the hooks give.
    fn json_hooks(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match name {
            "json.dumps" | "json.dump" | "json.JSONEncoder.encode" | "json.JSONEncoder.iterencode" => {
                let writes_itself = |solver: &mut Self, frame: &mut Frame<'p>| {
                    let class = arguments.keyword("cls").or_else(|| receiver.cloned());
                    class.is_some_and(|class| solver.writes_itself(frame, &class, span))
                };
                let Some(hook) = self.json_default(frame, receiver, arguments, span) else {
                    if !writes_itself(self, frame) {
                        return None;
                    }
                    let value = arguments.get(0, "obj")?;
                    let text = self.without_hooks(frame, name, &value, arguments, &["cls"], span)?;
                    return Some(text.with_encoding(None));
                };
                let value = arguments.get(0, "obj")?;
                let mut hooked = Vec::new();
                self.not_plain(frame, &value, 0, &mut hooked);
                let mut given = value.clone();
                for one in hooked {
                    let made = self.call(frame, &hook, &Arguments::of(vec![one]), span);
                    given = given.join(&made);
                }
                self.encoding_hook = Some((value, hook));
                let text = self.without_hooks(frame, name, &given, arguments, &["default", "cls"], span);
                self.encoding_hook = None;
                let forgets = writes_itself(self, frame);
                text.map(|text| if forgets { text.with_encoding(None) } else { text })
            }
            "json.loads" | "json.load" => {
                let hooks =
                    ["object_hook", "object_pairs_hook", "parse_int", "parse_float", "parse_constant", "cls"];
                if !arguments.keywords.iter().any(|(name, _)| hooks.contains(&name.as_str())) {
                    return None;
                }
                // What hooks make of which part isn't told apart.
                let text = arguments.positional.first()?.with_encoding(None);
                let document = self.without_hooks(frame, name, &text, arguments, &hooks, span)?;
                let mut result = document.clone();
                for hook in &hooks[..5] {
                    let hook = *hook;
                    let Some(function) = arguments.keyword(hook).filter(|one| !is_none(one)) else {
                        continue;
                    };
                    let part = document.with_identity(None);
                    let given = match hook {
                        "object_hook" => part,
                        "object_pairs_hook" => {
                            let pair = Value::tuple(vec![part.clone(), part]);
                            self.loose_list(frame, pair, span, 159)
                        }
                        _ => part,
                    };
                    let made = self.call(frame, &function, &Arguments::of(vec![given]), span);
                    result = result.join(&made);
                    // It may stand anywhere in the document.
                    if hook.starts_with("parse_") && made.has_labels() {
                        let mut object = Object::new(ObjectKind::Dictionary);
                        object.exact = false;
                        object.set_unknown(&Value::unknown(), &made);
                        let id = self.allocate(frame, span, 160, object);
                        result = result.join(&Value::object(id));
                    }
                }
                Some(result)
            }
            _ => None,
        }
    }

    /// The function that turns what isn't plain into what is.
    fn json_default(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        if let Some(receiver) = receiver {
            return self.special_method(frame, receiver, "default");
        }
        if let Some((_, hook)) = arguments.keywords.iter().find(|(name, _)| name.as_str() == "default") {
            return (!is_none(hook)).then(|| hook.clone());
        }
        let (_, class) = arguments.keywords.iter().find(|(name, _)| name.as_str() == "cls")?;
        let class = class.refs.iter().find_map(|one| match one {
            Ref::Class(class) => Some(*class),
            _ => None,
        })?;
        let encoder = self.bare_instance(frame, class, span);
        self.special_method(frame, &encoder, "default")
    }

    /// Whether an encoder, or its class, says itself how containers are written.
    fn writes_itself(&mut self, frame: &mut Frame<'p>, encoder: &Value, span: Span) -> bool {
        encoder.refs.iter().any(|one| {
            let own = match one {
                Ref::Class(class) => self.bare_instance(frame, *class, span),
                other => Value::reference(other.clone()),
            };
            ["encode", "iterencode"].iter().any(|name| {
                self.special_method(frame, &own, name).is_some_and(|method| {
                    method
                        .refs
                        .iter()
                        .any(|one| matches!(one, Ref::Bound(bound) if matches!(bound.0, Ref::Function(..))))
                })
            })
        })
    }

    /// The call without its hooks.
    fn without_hooks(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        first: &Value,
        arguments: &Arguments,
        hooks: &[&str],
        span: Span,
    ) -> Option<Value> {
        let mut plain = arguments.clone();
        *plain.positional.first_mut()? = first.clone();
        plain.keywords.retain(|(name, _)| !hooks.contains(&name.as_str()));
        // Of an encoder what it does by itself is what `dumps` does.
        let name = if name.starts_with("json.JSONEncoder.") { "json.dumps" } else { name };
        Some(self.call_external(frame, Symbol::new(name), None, &plain, span))
    }

    /// The objects inside of a value that `json` doesn't know how to write.
    fn not_plain(&mut self, frame: &mut Frame<'p>, value: &Value, depth: usize, found: &mut Vec<Value>) {
        if depth > MAXIMUM_HOOKED_DEPTH || found.len() >= MAXIMUM_HOOKED {
            return;
        }
        for reference in &value.refs {
            match reference {
                Ref::Tuple(elements) => {
                    elements.iter().for_each(|one| self.not_plain(frame, one, depth + 1, found));
                }
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match object.kind {
                        ObjectKind::Dictionary | ObjectKind::List => {
                            let all = object.all();
                            self.not_plain(frame, &all, depth + 1, found);
                        }
                        ObjectKind::Instance(_) | ObjectKind::External(_) | ObjectKind::Set => {
                            found.push(Value::reference(reference.clone()));
                        }
                        _ => {}
                    }
                }
                Ref::Instance(_) => found.push(value.edit(|data| {
                    data.refs = [reference.clone()].into_iter().collect();
                })),
                _ => {}
            }
        }
    }
}

fn is_none(value: &Value) -> bool {
    matches!(value.as_constant(), Some(Constant::None))
}

/// What runs at the end of everything is followed where it is given data on its way, or has captured something:
/// most of it only tidies up.
fn brings_something(function: &Value, arguments: &Arguments) -> bool {
    arguments.all().any(|one| !one.is_constant())
        || function.refs.iter().any(|one| matches!(one, Ref::Function(_, Some(_)) | Ref::Partial(_)))
}

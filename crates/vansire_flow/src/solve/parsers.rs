//! Parsers of arguments, of programs and of requests: what each argument was declared to be.

use vansire_python::Symbol;

use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Key, Object, ObjectKind, Ref, Value};

pub(super) const ARGUMENT_PARSER: &str = "argparse.ArgumentParser";
pub(super) const REQUEST_PARSER: &str = "flask_restful.reqparse.RequestParser";

impl<'p> Solver<'p> {
    /// A parser that remembers its arguments.
    pub(super) fn parser_made(&mut self, frame: &mut Frame<'p>, name: Symbol, site: &CallSite<'_>) -> Value {
        let object = Object::new(ObjectKind::External(name));
        Value::object(self.allocate(frame, site.span, 136, object))
    }

    /// `parser.add_argument("--count", type=int)`: remembers which arguments can hold no text of the user.
    pub(super) fn argument_declared(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let receiver = site.receiver?;
        let keyword = |name: &str| site.arguments.keyword(name);
        let harmless_type = |value: &Value| {
            value.refs.iter().any(|one| {
                matches!(one, Ref::External(name) if matches!(
                    name.as_str(),
                    "builtins.int" | "builtins.float" | "builtins.bool" | "uuid.UUID" | "decimal.Decimal"
                ))
            })
        };
        let harmless = keyword("type").is_some_and(|one| harmless_type(&one))
            || keyword("choices").is_some()
            || keyword("action").and_then(|one| one.as_string().map(str::to_owned)).is_some_and(|action| {
                matches!(
                    action.as_str(),
                    "store_true" | "store_false" | "store_const" | "append_const" | "count"
                )
            });
        let flags: Vec<String> =
            site.arguments.positional.iter().filter_map(|one| one.as_string().map(str::to_owned)).collect();
        let long = flags.iter().find(|flag| flag.starts_with("--")).or_else(|| flags.first());
        let name = keyword("dest")
            .and_then(|one| one.as_string().map(str::to_owned))
            .or_else(|| long.map(|flag| flag.trim_start_matches('-').replace('-', "_")))?;
        for reference in &receiver.refs {
            if let Ref::Object(id) = reference {
                let key = Key::Text(Symbol::new(&name));
                self.change(frame, *id, |object| object.set_entry(key, Value::boolean(harmless)));
            }
        }
        None
    }

    /// `parser.parse_args()`: the arguments by their names, where some of them are harmless.
    pub(super) fn arguments_parsed(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let (called, _) = self.input.models.result(name).filter(|(_, source)| source.active)?;
        let receiver = site.receiver?;
        let [Ref::Object(parser)] = receiver.refs.as_slice() else { return None };
        let declared = self.object(frame, *parser).entries.clone();
        if !declared.iter().any(|(_, harmless)| harmless.truth() == Some(true)) {
            return None;
        }
        let source = self.source_value(frame, called, site.span).with_identity(None);
        let mut object = Object::new(ObjectKind::External(Symbol::new("<parsed arguments>")));
        object.exact = false;
        object.rest = source.clone();
        for (key, harmless) in declared {
            let value = if harmless.truth() == Some(true) { Value::unknown() } else { source.clone() };
            if let Key::Text(name) = key {
                object.set_field(name, value.clone());
            }
            object.set_entry(key, value);
        }
        Some(Value::object(self.allocate(frame, site.span, 137, object)))
    }
}

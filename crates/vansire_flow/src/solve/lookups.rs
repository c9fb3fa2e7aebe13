//! Look-ups by a key: where something is found, the key is one of those of the container.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::{Frame, Solver};
use crate::domain::{
    Constant, Fact, Identity, Key, Label, Labels, ObjectId, ObjectKind, Origin, PathStep, Ref, Value,
};
use crate::text::CharSet;

/// What a header can contain.
const ONE_LINE: &str = " -~\\u";

impl<'p> Solver<'p> {
    /// `container[key]` didn't raise.
    pub(super) fn found_item(&mut self, frame: &mut Frame<'p>, container: &Value, key: &Value) {
        if let Some(identity) = key.identity
            && key.has_labels()
            && let Some(fact) = self.fact_of_key(frame, container)
        {
            frame.state.add_fact(identity, &fact);
        }
    }

    /// `container.get(key)`: once the result is found to be something, the key is known to be there.
    pub(super) fn found_by_get(
        &mut self,
        frame: &mut Frame<'p>,
        container: &Value,
        arguments: &Arguments,
        result: Value,
        span: Span,
    ) -> Value {
        let result = self.looked_up(frame, container, arguments, result, span);
        let [key, default @ ..] = arguments.positional.as_slice() else { return result };
        let nothing = |value: &Value| matches!(value.as_constant(), Some(Constant::None));
        let plain = arguments.keywords.is_empty() && arguments.rest.is_none() && default.iter().all(nothing);
        let Some(identity) = key.identity else { return result };
        if !plain || !key.has_labels() || result.truth().is_some() {
            return result;
        }
        let Some(fact) = self.fact_of_key(frame, container) else { return result };
        let own = Identity::Site(span.start, 630);
        frame.state.forget(own);
        frame.state.add_fact(own, &Fact { found: Some(Rc::new((identity, fact))), ..Fact::default() });
        result.with_identity(Some(own))
    }

    /// `request.args.get("next")`: what is asked for again is the same value, and of some keys more is known.
    fn looked_up(
        &mut self,
        frame: &mut Frame<'p>,
        container: &Value,
        arguments: &Arguments,
        result: Value,
        span: Span,
    ) -> Value {
        let Some(key) = arguments.positional.first().and_then(Value::as_string) else { return result };
        if !container.has_labels() {
            return result;
        }
        let mut result = result;
        if let [Ref::Instance(kind)] = container.refs.as_slice() {
            let models = self.input.models;
            let keyed = models.lineage(*kind).iter().find_map(|owner| {
                let name = Symbol::new(&format!("{owner}[\"{key}\"]"));
                let known = models.keyed_sources.contains(owner)
                    && models.sources.get(&name).is_some_and(|source| source.active);
                known.then_some(name)
            });
            if let Some(name) = keyed {
                result = self.source_value(frame, name, span);
            } else if kind.as_str() == "werkzeug.wsgi.Environment" && is_of_server(key) {
                return Value::unknown();
            }
        }
        let Some(key) = asked_for(arguments) else { return result };
        let own = match container.identity {
            Some(Identity::Entity(entity)) => Identity::Entity(Symbol::new(&format!("{entity}[{key}]"))),
            Some(Identity::Path(path)) => {
                Identity::Path(self.path_step(path, PathStep::Key(Key::Text(Symbol::new(&key)))))
            }
            _ => return result,
        };
        self.read(frame, &result.with_identity(Some(own)))
    }

    /// What a client says under a name in the environment of a WSGI application: headers and the first line of its
    /// request are one line each, and what has another name of that sort comes from the server.
    pub(super) fn said_by_client(&self, labels: Labels, keys: Option<&[Key]>) -> Labels {
        let Some([Key::Text(key)]) = keys else { return labels };
        let key = key.as_str();
        // What servers and middleware keep there has a dot in its name; a request's body is in one of them.
        let is_kept = key.contains('.') && !matches!(key, "wsgi.input" | "werkzeug.request");
        let is_variable = |one: u8| one.is_ascii_uppercase() || one.is_ascii_digit() || one == b'_';
        let is_environment = |label: &Label| {
            label.exact
                && matches!(label.origin, Origin::Source(source)
                    if self.sources[source.0 as usize].as_str() == "environ")
        };
        if !labels.iter().all(is_environment) {
            return labels;
        }
        if is_kept {
            return Labels::NONE;
        }
        if !key.bytes().all(is_variable) {
            return labels;
        }
        match key {
            "PATH_INFO" | "PATH_TRANSLATED" | "SCRIPT_NAME" | "REMOTE_USER" | "SERVER_NAME" => labels,
            "CONTENT_LENGTH" | "CONTENT_TYPE" | "QUERY_STRING" | "RAW_URI" | "REQUEST_METHOD"
            | "REQUEST_URI" | "SERVER_PROTOCOL" => labels.restrict(CharSet::class(ONE_LINE), CharSet::EMPTY),
            _ if key.starts_with("HTTP_") => labels.restrict(CharSet::class(ONE_LINE), CharSet::EMPTY),
            _ => Labels::NONE,
        }
    }

    /// The same of the environment that a request carries along: under names in small letters it keeps what servers and
    /// middleware have put there.
    pub(super) fn said_in_environment(kind: Symbol, labels: &Labels, keys: Option<&[Key]>) -> Labels {
        let of_server = kind.as_str() == "werkzeug.wsgi.Environment"
            && matches!(keys, Some([Key::Text(key)]) if is_of_server(key.as_str()));
        if of_server { Labels::NONE } else { labels.clone() }
    }

    /// What holds of a key that such a container has: of one of ours it is ours as well; where only the use tells
    /// that it is a container, that is a guess.
    fn fact_of_key(&mut self, frame: &mut Frame<'p>, container: &Value) -> Option<Fact> {
        let labels = container.own_labels();
        if !container.texts.is_empty()
            || labels.iter().any(|label| label.guesses == 0 && from_outside(label.origin))
        {
            return None;
        }
        let mut keys = Value::undefined();
        let mut sure = !container.other
            && !container.refs.is_empty()
            && !labels.iter().any(|label| from_outside(label.origin));
        for reference in &container.refs {
            match reference {
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match object.kind {
                        ObjectKind::Dictionary => {
                            // Names of variables are ours without being for others to choose from.
                            let marked = |name: &str| matches!(name, "<default>" | NAMESPACE);
                            if object.fields.iter().any(|(name, _)| marked(name.as_str())) {
                                return None;
                            }
                            keys = keys.join(&object.all_keys());
                            sure &= object.exact || !matches!(id, ObjectId::Path(_));
                        }
                        ObjectKind::Unknown => sure = false,
                        // Besides a container it may be something else.
                        ObjectKind::Instance(_) if container.refs.len() > 1 => sure = false,
                        _ => return None,
                    }
                }
                Ref::External(_) => sure = false,
                Ref::Function(..) | Ref::Class(_) | Ref::Bound(_) | Ref::Instance(_)
                    if container.refs.len() > 1 =>
                {
                    sure = false;
                }
                _ => return None,
            }
        }
        if keys.has_labels() {
            return None;
        }
        Some(if !sure {
            Fact { unsure: true, ..Fact::default() }
        } else if keys.is_constant() && !keys.is_undefined() {
            Fact { one_of: Some(keys), not_none: true, ..Fact::default() }
        } else {
            Fact { trusted: true, ..Fact::default() }
        })
    }
}

fn from_outside(origin: Origin) -> bool {
    matches!(origin, Origin::Source(_))
}

/// Which value is asked for, where that is known: a key, and what there is to take its place.
pub(super) fn asked_for(arguments: &Arguments) -> Option<String> {
    if arguments.rest.is_some() || arguments.keyword_rest.is_some() {
        return None;
    }
    let mut asked = String::new();
    let named = arguments.keywords.iter().map(|(name, value)| (Some(*name), value));
    for (at, (keyword, value)) in
        arguments.positional.iter().map(|value| (None, value)).chain(named).enumerate()
    {
        // Without a default the key alone is asked for.
        if at > 0 && matches!(value.as_constant(), Some(Constant::None)) {
            continue;
        }
        if at > 0 {
            asked.push('|');
        }
        if let Some(keyword) = keyword {
            asked.push_str(keyword.as_str());
            asked.push('=');
        }
        match (value.as_string(), value.as_constant()) {
            (Some(text), _) => asked.push_str(text),
            (None, Some(constant)) => asked.push_str(&constant.text()),
            _ => return None,
        }
    }
    Some(asked)
}

/// Whether a name in the environment of a request is one under which a server, a middleware or the application itself
/// keeps something, and no client.
fn is_of_server(key: &str) -> bool {
    key.bytes().any(|one| one.is_ascii_lowercase()) && !matches!(key, "wsgi.input" | "werkzeug.request")
}

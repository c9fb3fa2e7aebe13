//! Look-ups by a key: where something is found, the key is one of those of the container.

use std::rc::Rc;

use vansire_python::ir::Span;

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::{Frame, Solver};
use crate::domain::{Constant, Fact, Identity, ObjectId, ObjectKind, Origin, Ref, Value};

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

    /// What holds of a key that such a container has: of one of ours it is ours as well; where only the use tells
    /// that it is a container, that is a guess.
    fn fact_of_key(&mut self, frame: &mut Frame<'p>, container: &Value) -> Option<Fact> {
        if !container.texts.is_empty()
            || container.own_labels().iter().any(|label| from_outside(label.origin))
        {
            return None;
        }
        let mut keys = Value::undefined();
        let mut sure = !container.other && !container.refs.is_empty();
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
                        _ => return None,
                    }
                }
                Ref::External(_) => sure = false,
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

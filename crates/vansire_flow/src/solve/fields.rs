//! Documents that are spread over the fields of a stored object: `Account(**request.json)`.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::text::SinkKind;

impl<'p> Solver<'p> {
    /// The constructor of a class whose base sets a field for each keyword that it is given.
    pub(super) fn fields_spread(
        &mut self,
        frame: &mut Frame<'p>,
        bases: &[Symbol],
        arguments: &Arguments,
        span: Span,
    ) {
        if !arguments.keyword_names.has_labels() {
            return;
        }
        let models = self.input.models;
        for base in bases {
            let sets_fields = models.lineage(*base).iter().chain([base]).find(|name| {
                models.functions.get(name).is_some_and(|model| {
                    model.sinks.iter().any(|sink| sink.kinds.contains(&SinkKind::Fields))
                })
            });
            if let Some(name) = sets_fields {
                let names = arguments.keyword_names.clone();
                self.sink(frame, SinkKind::Fields, &names, span, *name);
                return;
            }
        }
    }
}

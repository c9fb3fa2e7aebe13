//! The texts that stand in a file's code as literals.

use vansire_python::ir::{Constant, ExprKind, IrModule, Span, StringPart};

use vansire_python::walk;

/// Every string literal with its place, literal parts of f-strings with that of the whole.
///
/// It recurses as deep as the code nests, as lowering does.
pub fn texts(module: &IrModule) -> Vec<(Span, String)> {
    let mut texts = Vec::new();
    walk::file(module, &mut |expression| match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => texts.push((expression.span, text.to_string())),
        ExprKind::Constant(Constant::Bytes(bytes)) => {
            texts.push((expression.span, String::from_utf8_lossy(bytes).into_owned()));
        }
        ExprKind::Interpolated(parts) => {
            for part in parts {
                if let StringPart::Literal(text) = part {
                    texts.push((expression.span, text.to_string()));
                }
            }
        }
        _ => {}
    });
    texts
}

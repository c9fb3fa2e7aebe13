//! Files that the program writes: what is in them.

use std::rc::Rc;

use super::{Identity, Labels, State};

/// What is known of a file, or of a value that leads to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    pub content: Labels,
    /// The names of the file that this is a handle of, or another name.
    pub of: Vec<Identity>,
}

/// Files by the identities of their paths, sorted.
pub type Files = Rc<Vec<(Identity, File)>>;

/// What may be in files, when control has come on either of two ways.
pub fn join_files(left: &Files, right: &Files) -> Files {
    if Rc::ptr_eq(left, right) || right.is_empty() {
        return left.clone();
    }
    if left.is_empty() {
        return right.clone();
    }
    let mut result = (**left).clone();
    for (name, file) in right.iter() {
        match result.binary_search_by_key(name, |(own, _)| *own) {
            Ok(at) => {
                let own = &mut result[at].1;
                own.content = own.content.union(&file.content);
                for other in &file.of {
                    if !own.of.contains(other) {
                        own.of.push(*other);
                    }
                }
            }
            Err(at) => result.insert(at, (*name, file.clone())),
        }
    }
    Rc::new(result)
}

impl State {
    /// Changes what is known of a file.
    pub fn change_file(&mut self, name: Identity, change: impl FnOnce(&mut File)) {
        let files = Rc::make_mut(&mut self.files);
        let at = match files.binary_search_by_key(&name, |(own, _)| *own) {
            Ok(at) => at,
            Err(at) => {
                files.insert(at, (name, File::default()));
                at
            }
        };
        change(&mut files[at].1);
    }

    /// A value is made anew: what its file held is another's.
    pub(super) fn forget_file(&mut self, name: Identity) {
        if let Ok(at) = self.files.binary_search_by_key(&name, |(own, _)| *own) {
            Rc::make_mut(&mut self.files).remove(at);
        }
    }
}

//! Stages: state machines that know no thread.

use crate::error::Error;

/// Why a stage ends before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A neighbour left; its reason is recorded where it happened.
    HungUp,
    /// This stage failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

pub(crate) type Flow = std::result::Result<(), Stop>;

/// Where a stage puts what it makes.
pub(crate) trait Sink<T> {
    fn accept(&mut self, item: T) -> Flow;
}

/// A step of the way from packets to packets.
pub(crate) trait Stage: Send {
    type In;
    type Out;

    /// Takes one item and puts out whatever is ready.
    fn push(&mut self, item: Self::In, out: &mut dyn Sink<Self::Out>) -> Flow;

    /// Puts out what is left: no more items come.
    fn finish(&mut self, out: &mut dyn Sink<Self::Out>) -> Flow;
}

/// Two stages run as one, the second fed by the first on the same thread.
pub(crate) struct Chain<A, B>(pub(crate) A, pub(crate) B);

struct Feed<'a, B: Stage> {
    stage: &'a mut B,
    out: &'a mut dyn Sink<B::Out>,
}

impl<B: Stage> Sink<B::In> for Feed<'_, B> {
    fn accept(&mut self, item: B::In) -> Flow {
        self.stage.push(item, self.out)
    }
}

impl<A: Stage, B: Stage<In = A::Out>> Stage for Chain<A, B> {
    type In = A::In;
    type Out = B::Out;

    fn push(&mut self, item: A::In, out: &mut dyn Sink<B::Out>) -> Flow {
        self.0.push(item, &mut Feed { stage: &mut self.1, out })
    }

    fn finish(&mut self, out: &mut dyn Sink<B::Out>) -> Flow {
        self.0.finish(&mut Feed { stage: &mut self.1, out })?;
        self.1.finish(out)
    }
}

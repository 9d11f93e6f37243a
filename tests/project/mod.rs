//! The files of this project: what they may name, what they must say, and what is built in.

mod dependent;
mod face;
mod layers;
mod licences;
mod measures;
mod paths;
mod readme;
mod schema;
mod weaknesses;

//! Short forms of what runs for minutes or hours when it is called by its own script (`tests/long/NAME/run`).

mod cluster;
mod fuzz;
mod load;
mod torture;

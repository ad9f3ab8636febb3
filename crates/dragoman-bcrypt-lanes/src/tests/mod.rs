mod pi;
mod properties;
mod vectors;

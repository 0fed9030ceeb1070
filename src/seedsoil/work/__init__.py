"""Work in units that are named by what they hold: done once, checked, resumed and merged on any machines."""

"""Local servers that answer in the shapes that tools document, with every fault one can switch on."""

# What the scripts of a toy refresh share. It stands before each of them.

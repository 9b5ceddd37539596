"""How much somebody can do before it is reported at `medium`, in companies drawn by chance."""

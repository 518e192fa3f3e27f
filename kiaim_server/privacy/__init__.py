kiaim_api = 1

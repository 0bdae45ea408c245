# bytes that are no source
this is ( not Python \x00

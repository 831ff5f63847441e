FROM	debian:12.9-slim
 	RUN		echo tab
ENVA=1
CMD	["true"]	
